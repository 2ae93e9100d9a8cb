"""PostgreSQL secrets in AWS's rotation document format, parsed once into a type.

It never prints a password.
"""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from lambdas.common.errors import SecretInvalid, SecretUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUIRED = ("host", "port", "dbname", "username", "password")


@dataclass(frozen=True, kw_only=True)
class PostgresSecret:
    """One login: where it connects, as whom, and with which password. Its repr hides the password."""

    host: str
    port: int
    dbname: str
    username: str
    password: str = field(repr=False)


class SecretStore(Protocol):
    """Where secrets come from."""

    def current(self, arn: str) -> str:
        """The AWSCURRENT text of a secret.

        Raises:
            SecretUnreadable: it is not handed out.
        """
        ...


class SecretsManager:
    """AWS Secrets Manager; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  a third of the function's import time: paid only when a secret is read

        self._client = boto3.client("secretsmanager")

    def current(self, arn: str) -> str:
        """Read through the API; see `SecretStore.current`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3 above

        try:
            answer = self._client.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")
        except (BotoCoreError, ClientError) as error:
            raise SecretUnreadable(
                f"secret {arn} cannot be read: {error}. Check the function's permission on the "
                "secret and on its key, and the path to Secrets Manager.",
            ) from error
        if "SecretString" not in answer:
            raise SecretInvalid(f"secret {arn} is binary; a JSON text is expected.")
        return answer["SecretString"]


def parse_postgres_secret(text: str, *, name: str) -> PostgresSecret:
    """Read one document; `name` is what messages call it.

    Raises:
        SecretInvalid: not JSON, a key is missing or of the wrong kind. The message quotes no value.
    """
    try:
        parsed: object = json.loads(text)
    except json.JSONDecodeError:
        # The decoder's error holds the whole document: it must not travel on as the cause.
        parsed = None
    if not isinstance(parsed, dict):
        raise SecretInvalid(f"secret {name} is not a JSON object; expected the keys {', '.join(_REQUIRED)}.")
    document = cast("Mapping[str, object]", parsed)
    missing = [key for key in _REQUIRED if document.get(key) in (None, "")]
    if missing:
        raise SecretInvalid(
            f"secret {name} has no {' and no '.join(missing)}. Its attachment to the database sets "
            "host, port and dbname; its template sets username and password.",
        )
    port = str(document["port"])
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004  TCP's own limit
        raise SecretInvalid(f"secret {name}: port is not a number from 1 to 65535.")
    return PostgresSecret(
        host=str(document["host"]),
        port=int(port),
        dbname=str(document["dbname"]),
        username=str(document["username"]),
        password=str(document["password"]),
    )
