"""Has the function inside the VPC log in to Redis with a version of a secret."""

import json
from typing import Final, Protocol, cast

from lambdas.common.rotation.errors import StepNotDone

CALL_SECONDS: Final = 75
"""The function inside the VPC runs for a minute at most."""


class Authenticator(Protocol):
    """Who can reach Redis."""

    def check(self, secret_arn: str, version: str | None) -> None:
        """Log in everywhere with a pending version, or with the current one where that is None.

        Raises:
            StepNotDone: it is refused somewhere, or cannot be asked.
        """
        ...


class AuthenticatorFunction:
    """The Lambda of that name; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self, name: str) -> None:
        import boto3  # noqa: PLC0415  a third of the function's import time: paid when a step needs it
        from botocore.config import Config  # noqa: PLC0415  as above

        self._name = name
        # Once, and for longer than that function may run: a second call would only make both late.
        patience = Config(read_timeout=CALL_SECONDS, retries={"total_max_attempts": 1})
        self._client = boto3.client("lambda", config=patience)

    def check(self, secret_arn: str, version: str | None) -> None:
        """See `Authenticator`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3 above

        event = {"SecretId": secret_arn, "VersionId": version}
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
            said = answer["Payload"].read().decode()
        except (BotoCoreError, ClientError) as error:
            raise StepNotDone(f"the function {self._name} cannot be called: {error}") from error
        if "FunctionError" in answer:
            raise StepNotDone(_message(said) or f"the function {self._name} has failed: see its log.")


def _message(said: str) -> str:
    """What Lambda tells of an error, empty where it tells nothing."""
    try:
        error: object = json.loads(said)
    except json.JSONDecodeError:
        return ""
    return str(cast("dict[str, object]", error).get("errorMessage") or "") if isinstance(error, dict) else ""
