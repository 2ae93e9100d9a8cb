"""Passwords: new ones, and the verifier that a server is given in their place. It never shows one."""

import secrets
import string
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

_CHARACTERS: Final = string.ascii_letters + string.digits
"""Safe in a connection string and in a URL; RDS refuses / @ " and space, ElastiCache more."""


def new_password(length: int) -> str:
    """A password of letters and digits; it is made here, so no permission is needed and nobody is asked."""
    return "".join(secrets.choice(_CHARACTERS) for _ in range(length))


def change_password(connection: Connection[TupleRow], *, role: str, password: str) -> None:
    """Give a role the verifier that the client library computes, with a fresh salt.

    The server never sees a password in SQL, so neither its log nor pg_stat_statements can keep one.

    Raises:
        psycopg.Error: the server does not let this session.
    """
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))
