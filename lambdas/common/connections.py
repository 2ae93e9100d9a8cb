"""Verified PostgreSQL connections: TLS with the server's name checked against the bundled CA, or none at all.

It never falls back to a weaker mode by itself, and no message of this module carries a password.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from lambdas.common import authorities
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret

_CONNECT_TIMEOUT_SECONDS: Final = 10
_REFUSALS: Final = (
    "password authentication failed",
    "is not permitted to log in",
    "SASL authentication failed",  # PgBouncer's
)


def connect(
    secret: PostgresSecret,
    *,
    application_name: str,
    ca_bundle: Path = RDS_CA_BUNDLE,
) -> psycopg.Connection[TupleRow]:
    """Open an autocommit connection as the secret's login.

    Raises:
        LoginRefused: the server answered and did not accept the login.
        ServerUnreachable: anything else, a certificate that does not verify included.
    """
    authorities.require(ca_bundle)
    return open_session(
        {**verified(secret, ca_bundle=ca_bundle), "application_name": application_name},
        where=f"{secret.username} at {secret.host}:{secret.port}/{secret.dbname}",
    )


def verified(secret: PostgresSecret, *, ca_bundle: Path) -> dict[str, str | int]:
    """Libpq's parameters of a login, with the server's certificate and name verified."""
    return {
        "host": secret.host,
        "port": secret.port,
        "dbname": secret.dbname,
        "user": secret.username,
        "password": secret.password,
        "sslmode": "verify-full",
        "sslrootcert": str(ca_bundle),
    }


def open_session(parameters: Mapping[str, str | int], *, where: str) -> psycopg.Connection[TupleRow]:
    """Open an autocommit connection by libpq's `parameters`; `where` is what messages call it.

    For callers who have decided about TLS themselves and say so in `sslmode`; everybody else wants `connect`.

    Raises:
        LoginRefused, ServerUnreachable: as `connect`.
    """
    settings: dict[str, str | int] = {
        "gssencmode": "disable",
        "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
        "keepalives_idle": 30,
        **parameters,
    }
    try:
        return psycopg.connect(make_conninfo("", **settings), autocommit=True)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        reason = str(error).strip()
        if any(refusal in reason for refusal in _REFUSALS):
            raise LoginRefused(f"login {where} is refused: {reason}") from error
        kind = "verified connection" if settings.get("sslmode") == "verify-full" else "connection"
        raise ServerUnreachable(f"no {kind} as {where}: {reason}") from error


LogIn = Callable[[PostgresSecret], psycopg.Connection[TupleRow]]
"""Opens a verified session of one application. Raises LoginRefused, ServerUnreachable."""


def accepts(log_in: LogIn, secret: PostgresSecret) -> bool:
    """Whether the server accepts a login. Raises ServerUnreachable."""
    try:
        log_in(secret).close()
    except LoginRefused:
        return False
    return True


def server_says(error: psycopg.Error) -> str:
    """The server's reason and its SQLSTATE; without its DETAIL, which quotes rows."""
    if error.diag.message_primary is None:
        return str(error).strip()
    return f"{error.diag.message_primary} ({error.sqlstate})"
