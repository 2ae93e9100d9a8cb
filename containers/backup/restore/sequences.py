"""Sets sequences to where they stood: never behind the rows that they numbered."""

from collections.abc import Iterable

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.manifest import Sequence


def set_sequences(connection: Connection[TupleRow], sequences: Iterable[Sequence]) -> None:
    """Set them all, in one transaction."""
    with connection.transaction():
        for one in sequences:
            name = sql.Identifier(one.schema, one.name).as_string(connection)
            connection.execute(
                "SELECT pg_catalog.setval(%s::pg_catalog.regclass, %s, %s)",
                (name, one.last_value, one.is_called),
            )
