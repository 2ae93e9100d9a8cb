"""Extensions that only the master may create. It never updates or drops one."""

from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log

# Some say themselves where they live, and the server takes no other place for them.
_AVAILABLE: Final = """
SELECT e.name, e.installed_version IS NOT NULL, v.schema
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
    available = {row[0]: row[1:] for row in master.execute(_AVAILABLE, [list(names)]).fetchall()}
    for name in names:
        if name not in available:
            raise ExtensionNotCreated(
                f"extension {name} of bootstrap.extensions is refused: this server does not have it. RDS "
                "lists what it supports in the parameter rds.extensions.",
            )
        (present, own_schema) = available[name]
        if present:
            continue
        where = sql.SQL("" if own_schema else " WITH SCHEMA public")
        statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}{}")
        try:
            master.execute(statement.format(sql.Identifier(name), where))
        except psycopg.Error as error:
            raise ExtensionNotCreated(
                f"extension {name} of bootstrap.extensions is refused: {server_says(error)}.",
            ) from error
        log.info("Extension created", extension=name)
