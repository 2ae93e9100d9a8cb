"""PostgreSQL secrets in AWS's rotation document format, parsed once into a type.

It never prints a password.
"""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from lambdas.common.errors import SecretInvalid

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
