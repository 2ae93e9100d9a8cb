"""PostgreSQL secrets in AWS's rotation document format, parsed once into a type.

It never prints a password.
"""

from dataclasses import dataclass, field

from lambdas.common.documents import read_document
from lambdas.common.errors import SecretInvalid

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
    document = read_document(text, name=name, keys=_REQUIRED)
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
