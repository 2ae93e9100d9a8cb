"""What is in a database: its tables, its sequences, and the facts that a restore must bring back.

All SQL is in `sql/`, reads the catalogue alone, and is the same for the dumped and the restored database. The
session is pinned (checksum.py), so every name is told with its schema.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.manifest import Facts, Sequence
from lambdas.common.sql_texts import sql_text

_FOLDER: Final = Path(__file__).parent / "sql"
KINDS: Final = (
    "columns",
    "comments",
    "constraints",
    "default_grants",
    "extensions",
    "functions",
    "grants",
    "indexes",
    "inheritance",
    "owners",
    "policies",
    "sequences",
    "triggers",
    "types",
    "views",
)
"""The kinds of facts; `sql/facts_<kind>.sql` tells two columns: what it is of, and what it is."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An ordinary table: `columns` are those that COPY writes, the others are computed."""

    oid: int
    schema: str
    name: str
    columns: tuple[str, ...]
    heap_bytes: int
    table_bytes: int
    unlogged: bool


def statement(name: str) -> sql.SQL:
    """The text of `sql/<name>.sql`."""
    return sql_text(_FOLDER / f"{name}.sql")


def observe(connection: Connection[TupleRow]) -> Facts:
    """Return every fact, by kind."""
    return {
        kind: {str(of): str(what) for of, what in connection.execute(statement(f"facts_{kind}")).fetchall()}
        for kind in KINDS
    }


def tables(connection: Connection[TupleRow]) -> list[Found]:
    """Return the tables that hold rows: partitions and children too, parents if they hold any."""
    return [
        Found(
            oid=oid,
            schema=schema,
            name=name,
            columns=tuple(columns),
            heap_bytes=heap_bytes,
            table_bytes=table_bytes,
            unlogged=unlogged,
        )
        for oid, schema, name, columns, heap_bytes, table_bytes, unlogged in connection.execute(
            statement("tables")
        ).fetchall()
    ]


def sequences(connection: Connection[TupleRow]) -> tuple[Sequence, ...]:
    """Return where every sequence stands now: a sequence knows no snapshot."""
    found: list[Sequence] = []
    for schema, name in connection.execute(statement("sequences")).fetchall():
        where = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        last_value, is_called = connection.execute(where).fetchall()[0]
        found.append(Sequence(schema=schema, name=name, last_value=last_value, is_called=is_called))
    return tuple(found)


def required_roles(connection: Connection[TupleRow]) -> tuple[str, ...]:
    """Return every role that owns, is granted or has a policy, but PostgreSQL's own."""
    return tuple(str(name) for (name,) in connection.execute(statement("roles")).fetchall())
