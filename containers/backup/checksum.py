"""The content of a table as two numbers: its rows, and a sum of a hash of each. Whatever order they lie in.

A sum, because it adds up over parts of a table and because two equal rows do not cancel out. The hash is
PostgreSQL's own of the row's text, so everything that text depends on is pinned (`PINNED`).
"""

from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.chunks import Blocks, predicate

PINNED: Final = {
    "search_path": "",  # or regclass and its like are told without their schema
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # Behind whoever waits to alter a table, for the backup to end that is, its other sessions would wait for
    # ever. It is longer than the migrator's own.
    "lock_timeout": "15s",
    "client_connection_check_interval": "10s",  # or a query outlives the task that asked it
}
"""Settings of every session that reads rows, for COPY's text and for the checksum's."""

# `t.*`: `t` alone would be a column of that name, where there is one.
_TABLE: Final = sql.SQL(
    "SELECT pg_catalog.count(*), coalesce(pg_catalog.sum("
    "pg_catalog.hashtextextended((t.*)::pg_catalog.text, 0)), 0)::pg_catalog.text "
    "FROM ONLY {table} AS t WHERE {where}"
)
PIECE_BYTES: Final = 64 * 1024 * 1024
"""How much of a large object is read at once: one may hold 4 TiB, and a value of PostgreSQL only 1 GiB. The
checksum depends on it, so it is never changed without the manifest's format."""

# A piece that is full has a next one, which may be empty: only a superuser may ask for an object's size.
# OFFSET 0: or each piece would be read twice.
_LARGE_OBJECTS: Final = """
WITH RECURSIVE pieces AS (
    SELECT m.oid, 0::bigint AS number, pg_catalog.octet_length(piece.body) AS size,
           pg_catalog.md5(piece.body) AS digest
      FROM pg_catalog.pg_largeobject_metadata AS m,
           LATERAL (SELECT pg_catalog.lo_get(m.oid, 0, %(bytes)s) AS body OFFSET 0) AS piece
    UNION ALL
    SELECT p.oid, p.number + 1, pg_catalog.octet_length(piece.body), pg_catalog.md5(piece.body)
      FROM pieces AS p,
           LATERAL (SELECT pg_catalog.lo_get(p.oid, (p.number + 1) * %(bytes)s, %(bytes)s) AS body
                    OFFSET 0) AS piece
     WHERE p.size = %(bytes)s
)
SELECT pg_catalog.count(*) FILTER (WHERE number = 0), coalesce(pg_catalog.sum(pg_catalog.hashtextextended(
           pg_catalog.format('%%s:%%s:%%s', oid, number, digest), 0)::pg_catalog.numeric), 0)::pg_catalog.text
  FROM pieces
"""


def options() -> str:
    """`PINNED` as libpq's `options`."""
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in PINNED.items())


def pin(connection: Connection[TupleRow]) -> None:
    """Set `PINNED` for the session."""
    for name, value in PINNED.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))


def measure_table(
    connection: Connection[TupleRow], schema: str, name: str, *, blocks: Blocks | None = None
) -> tuple[int, str]:
    """Return rows and checksum of a table, or of a part of it. The session is pinned."""
    statement = _TABLE.format(table=sql.Identifier(schema, name), where=predicate(blocks))
    rows, checksum = connection.execute(statement).fetchall()[0]
    return int(rows), str(checksum)


def measure_large_objects(
    connection: Connection[TupleRow], *, piece_bytes: int = PIECE_BYTES
) -> tuple[int, str]:
    """Return the number of large objects and their checksum. All must be readable.

    The checksum is a sum over their pieces: of each its object's number, its own, and its content.
    """
    count, checksum = connection.execute(_LARGE_OBJECTS, {"bytes": piece_bytes}).fetchall()[0]
    return int(count), str(checksum)
