"""Writes on the database which environment it belongs to, so that tools tell production from a playground.

A comment, because PostgreSQL 15 lets no master store a setting of its own; whoever can connect reads it.
"""

from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.connections import server_says
from lambdas.common.logs import Log

_READ: Final = """
SELECT pg_catalog.current_database(), pg_catalog.shobj_description(oid, 'pg_database')
  FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


def mark_database(master: Connection[TupleRow], *, environment: str, log: Log) -> None:
    """Comment the database with `datatier environment: <name>`; writes nothing when it says so already.

    A master who does not own the database (restored, or made by hand) may not: told, and no reason to fail.
    """
    marker = f"datatier environment: {environment}"
    for database, comment in master.execute(_READ).fetchall():
        if comment != marker:
            statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
            try:
                master.execute(statement.format(sql.Identifier(database), sql.Literal(marker)))
            except psycopg.errors.InsufficientPrivilege as error:
                log.warning(
                    "The database cannot be marked with its environment",
                    database=database,
                    marker=marker,
                    reason=server_says(error),
                )
