"""Reads secrets from AWS Secrets Manager, or refuses with words. It never shows what it reads."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol

from lambdas.common.errors import SecretInvalid, SecretUnreadable

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"


class SecretStore(Protocol):
    """Where secrets come from. Each may raise SecretUnreadable: it is not handed out."""

    def current(self, arn: str, /) -> str:
        """The AWSCURRENT text of a secret."""
        ...

    def pending(self, arn: str, /) -> str | None:
        """The AWSPENDING text of a secret that rotates now, None for any other."""
        ...


class SecretsManager:
    """AWS Secrets Manager; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  a third of the function's import time: paid only when a secret is read

        self.client = boto3.client("secretsmanager")

    def current(self, arn: str) -> str:
        """See `SecretStore`."""
        text = self.read(arn, stage=CURRENT)
        if text is None:
            raise SecretUnreadable(f"secret {arn} does not exist or has no {CURRENT} version.")
        return text

    def pending(self, arn: str) -> str | None:
        """See `SecretStore`."""
        return self.read(arn, stage=PENDING)

    def read(self, arn: str, *, stage: str, version: str | None = None) -> str | None:
        """The text of the version with a label, and of that `version` only; None where there is none.

        Raises:
            SecretUnreadable: it is not handed out.
            SecretInvalid: it is binary.
        """
        named = {} if version is None else {"VersionId": version}
        with asking(arn):
            try:
                answer = self.client.get_secret_value(SecretId=arn, VersionStage=stage, **named)
            except self.client.exceptions.ResourceNotFoundException:
                return None
        if "SecretString" not in answer:
            raise SecretInvalid(f"secret {arn} is binary; a JSON text is expected.")
        return answer["SecretString"]


@contextmanager
def asking(arn: str) -> Generator[None]:
    """Word what Secrets Manager refuses.

    Raises:
        SecretUnreadable: it did not answer, or refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise SecretUnreadable(
            f"Secrets Manager refuses secret {arn}: {error}. Check the function's permission on the secret "
            "and on its key, and the path to Secrets Manager.",
        ) from error
