"""Extensions that only the master may create. It never updates or drops one."""

from collections.abc import Sequence

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log


class ExtensionNotCreated(DatatierError):
    """The server refused an extension of the EXTENSIONS list."""


def create_extensions(master: Connection[TupleRow], *, names: Sequence[str], log: Log) -> None:
    """Create those of `names` that are missing.

    Raises:
        ExtensionNotCreated: with the server's reason.
    """
    present = {row[0] for row in master.execute("SELECT extname FROM pg_catalog.pg_extension").fetchall()}
    for name in names:
        if name in present:
            continue
        try:
            master.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA public").format(sql.Identifier(name)),
            )
        except psycopg.Error as error:
            raise ExtensionNotCreated(
                f"extension {name} of bootstrap.extensions is refused: {error.diag.message_primary} "
                f"({error.sqlstate}). RDS lists what it supports in the parameter rds.extensions.",
            ) from error
        log.info("Extension created", extension=name)
