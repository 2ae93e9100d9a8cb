"""Extensions that only the master may create. It never updates or drops one."""

from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log

_PRESENT: Final = "SELECT extname FROM pg_catalog.pg_extension"
# For this the server reads a file for each extension that it could have: only where one is missing.
# Some say themselves where they live, and the server takes no other place for them.
_AVAILABLE: Final = """
SELECT e.name, v.schema
  FROM pg_catalog.pg_available_extensions AS e
  LEFT JOIN pg_catalog.pg_available_extension_versions AS v
    ON v.name = e.name AND v.version = e.default_version
 WHERE e.name = ANY(%s)
"""


class ExtensionNotCreated(DatatierError):
    """The server refused an extension of the EXTENSIONS list."""


def create_extensions(master: Connection[TupleRow], *, names: Sequence[str], log: Log) -> None:
    """Create those of `names` that are missing.

    Raises:
        ExtensionNotCreated: with the server's reason.
    """
    present = {row[0] for row in master.execute(_PRESENT).fetchall()}
    missing = [name for name in names if name not in present]
    if not missing:
        return
    available = dict[str, str | None](master.execute(_AVAILABLE, [missing]).fetchall())
    for name in missing:
        if name not in available:
            raise ExtensionNotCreated(
                f"extension {name} of bootstrap.extensions is refused: this server does not have it. RDS "
                "lists what it supports in the parameter rds.extensions.",
            )
        where = sql.SQL("" if available[name] else " WITH SCHEMA public")
        statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}{}")
        try:
            master.execute(statement.format(sql.Identifier(name), where))
        except psycopg.Error as error:
            raise ExtensionNotCreated(
                f"extension {name} of bootstrap.extensions is refused: {server_says(error)}.",
            ) from error
        log.info("Extension created", extension=name)
