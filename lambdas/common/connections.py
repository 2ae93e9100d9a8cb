"""Verified PostgreSQL connections: TLS with the server's name checked against the bundled CA, or none at all.

There is no fallback to a weaker mode, and no message of this module carries a password.
"""

from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret

RDS_CA_BUNDLE: Final = Path(__file__).parent / "certificates" / "rds.pem"
_CONNECT_TIMEOUT_SECONDS: Final = 10
_REFUSALS: Final = ("password authentication failed", "is not permitted to log in")


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
    if not ca_bundle.is_file():
        raise ServerUnreachable(
            f"the CA bundle {ca_bundle} is missing, and a connection is never made without it."
        )
    try:
        return psycopg.connect(
            host=secret.host,
            port=secret.port,
            dbname=secret.dbname,
            user=secret.username,
            password=secret.password,
            sslmode="verify-full",
            sslrootcert=str(ca_bundle),
            gssencmode="disable",
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            application_name=application_name,
            keepalives_idle=30,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        where = f"{secret.username} at {secret.host}:{secret.port}/{secret.dbname}"
        reason = str(error).strip()
        if any(refusal in reason for refusal in _REFUSALS):
            raise LoginRefused(f"login {where} is refused: {reason}") from error
        raise ServerUnreachable(f"no verified connection as {where}: {reason}") from error


def server_says(error: psycopg.Error) -> str:
    """The server's reason and its SQLSTATE; without its DETAIL, which quotes rows."""
    if error.diag.message_primary is None:
        return str(error).strip()
    return f"{error.diag.message_primary} ({error.sqlstate})"
