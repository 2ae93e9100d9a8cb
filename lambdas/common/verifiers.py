"""Changes a PostgreSQL password by the verifier that a server is given in its place. It never shows one."""

from psycopg import Connection, sql
from psycopg.rows import TupleRow


def change_password(connection: Connection[TupleRow], *, role: str, password: str) -> None:
    """Give a role the verifier that the client library computes, with a fresh salt.

    The server never sees a password in SQL, so neither its log nor pg_stat_statements can keep one.

    Raises:
        psycopg.Error: the server does not let this session.
    """
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))
