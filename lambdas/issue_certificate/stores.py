"""Reads and writes the secrets and the parameter. A write that another run has overtaken is refused."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from lambdas.common.rotation.contract import Metadata
from lambdas.common.secrets_manager import CURRENT, PREVIOUS, asking
from lambdas.issue_certificate.errors import BundleTooLarge, Overtaken, ParameterRefused

PARAMETER_BYTES: Final = 4096
"""Systems Manager API reference, PutParameter: the most that a standard parameter holds."""

_TOKENS: Final = uuid.UUID("5bb5e5a6-7a5c-4c0e-9d55-0d9e3a2f6f0b")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A secret's current text, None for none yet, and the versions that it was read among."""

    text: str | None = field(repr=False)
    current: str | None
    previous: str | None

    def next_version(self, arn: str) -> str:
        """The id of the version that follows: the same for all who have read the same.

        Secrets Manager makes a version of an id once, so of two that write, the second is refused. The
        previous version is part of it because a person may move AWSCURRENT back.
        """
        return str(uuid.uuid5(_TOKENS, f"{arn} {self.current} {self.previous}"))


class Documents(Protocol):
    """What a run asks of Secrets Manager. Each may raise SecretUnreadable."""

    def read(self, arn: str, /) -> Stored:
        """The current document."""
        ...

    def write(self, arn: str, text: str, /, *, after: Stored) -> None:
        """Make `text` current. Raises Overtaken: another run has, since `after` was read."""
        ...


class Parameter(Protocol):
    """What a run asks of Parameter Store. Each may raise ParameterRefused."""

    def read(self, name: str, /) -> str:
        """The value, empty where there is none."""
        ...

    def write(self, name: str, value: str, /) -> None:
        """Set the value."""
        ...


class SecretDocuments:
    """AWS Secrets Manager; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  a third of the function's import time, and never needed for a Delete

        self.client = boto3.client("secretsmanager")

    def read(self, arn: str) -> Stored:
        """See `Documents`."""
        with asking(arn):
            metadata = Metadata.described(self.client.describe_secret(SecretId=arn))
            current, previous = metadata.version(CURRENT), metadata.version(PREVIOUS)
            if current is None:
                return Stored(text=None, current=None, previous=previous)
            answer = self.client.get_secret_value(SecretId=arn, VersionId=current)
        return Stored(text=answer.get("SecretString", ""), current=current, previous=previous)

    def write(self, arn: str, text: str, *, after: Stored) -> None:
        """See `Documents`."""
        with asking(arn):
            try:
                self.client.put_secret_value(
                    SecretId=arn, ClientRequestToken=after.next_version(arn), SecretString=text
                )
            except self.client.exceptions.ResourceExistsException:
                raise Overtaken(f"secret {arn} was written by another run meanwhile.") from None


class ParameterStore:
    """AWS Systems Manager's Parameter Store."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  as above

        self.client = boto3.client("ssm")

    def read(self, name: str) -> str:
        """See `Parameter`."""
        with _asking(name):
            try:
                return self.client.get_parameter(Name=name)["Parameter"].get("Value", "")
            except self.client.exceptions.ParameterNotFound:
                return ""

    def write(self, name: str, value: str) -> None:
        """See `Parameter`."""
        with _asking(name):
            self.client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def check_size(bundle: str) -> None:
    """Refuse a bundle that the parameter cannot hold. Raises BundleTooLarge."""
    size = len(bundle.encode())
    if size > PARAMETER_BYTES:
        raise BundleTooLarge(
            f"with one more authority the bundle would have {size} bytes, and a parameter holds "
            f'{PARAMETER_BYTES}: retire the older authorities first, with {{"Force": "succession"}}.',
        )


@contextmanager
def _asking(name: str) -> Generator[None]:
    """Word what Parameter Store refuses."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ParameterRefused(
            f"Parameter Store refuses parameter {name}: {error}. Check the function's permission on it.",
        ) from error
