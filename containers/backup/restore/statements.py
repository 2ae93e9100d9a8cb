"""Runs entries in the restore's session, where pg_restore cannot: as a grantee, or beside other statements.

It changes no setting of the session beyond its transaction.
"""

from collections.abc import Iterable

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup.errors import RestoreError
from containers.backup.restore.contents import Entry
from lambdas.common.connections import server_says


def run_statements(connection: Connection[TupleRow], entries: Iterable[Entry], *, encoding: str) -> None:
    """Run them all or none; `encoding` is the one that the archive was written in. Raises RestoreError."""
    with connection.transaction():
        for name, value in (("client_encoding", encoding), ("standard_conforming_strings", "on")):
            connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
        for entry in entries:
            try:
                connection.execute(entry.statement_of_grantors.encode(errors="surrogateescape"))
            except psycopg.Error as error:
                raise RestoreError(f"{entry.title} cannot be restored: {server_says(error)}.") from error
