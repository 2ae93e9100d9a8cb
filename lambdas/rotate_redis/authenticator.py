"""Has the function inside the VPC log in to Redis with a version of a secret."""

import json
from typing import Protocol

from lambdas.common.rotation.errors import StepNotDone


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

        self._name = name
        self._client = boto3.client("lambda")

    def check(self, secret_arn: str, version: str | None) -> None:
        """See `Authenticator`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3 above

        event = {"SecretId": secret_arn, "VersionId": version}
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
            said = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError) as error:
            raise StepNotDone(f"the function {self._name} cannot be called: {error}") from error
        if "FunctionError" in answer:
            raise StepNotDone(said.get("errorMessage", f"the function {self._name} has failed: see its log."))
