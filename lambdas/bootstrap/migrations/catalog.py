"""Reads indexes and partitions from the catalog. It judges nothing and changes nothing."""

from dataclasses import dataclass
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

_INDEXES: Final = """
SELECT i.indexrelid::pg_catalog.int8, n.nspname, c.relname, i.indisvalid
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE i.indrelid = pg_catalog.to_regclass(%(relation)s)
    OR i.indrelid = (SELECT indrelid FROM pg_catalog.pg_index
                      WHERE indexrelid = pg_catalog.to_regclass(%(relation)s))
"""
# A build waits with a lock on its table alone. Autovacuum is nobody's (no usesysid), and gives way by itself.
_WORKED_ON: Final = """
SELECT a.pid, a.usename, a.application_name
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.relation IN (
         pg_catalog.to_regclass(%(relation)s),
         (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(%(relation)s))
       )
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL
   AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                  'AccessExclusiveLock')
 ORDER BY 1
"""
_PARTITION: Final = """
SELECT inhdetachpending FROM pg_catalog.pg_inherits
 WHERE inhparent = pg_catalog.to_regclass(%s) AND inhrelid = pg_catalog.to_regclass(%s)
"""


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index of a table."""

    oid: int
    name: str
    qualified: str
    valid: bool


def indexes_of(connection: Connection[TupleRow], relation: str) -> list[Index]:
    """All indexes of a table, or of the table of an index; `relation` is quoted as in SQL."""
    return [
        Index(oid=oid, name=name, qualified=quoted(schema, name), valid=valid)
        for oid, schema, name, valid in connection.execute(_INDEXES, {"relation": relation}).fetchall()
    ]


def working_on(connection: Connection[TupleRow], relation: str) -> list[str]:
    """Other sessions that build, rebuild or change something of a table, or of the table of an index."""
    return [
        f"{application or user} ({pid})"
        for pid, user, application in connection.execute(_WORKED_ON, {"relation": relation}).fetchall()
    ]


def oid_of(connection: Connection[TupleRow], relation: str) -> int | None:
    """The object id behind a name; None where there is none."""
    found = connection.execute(
        "SELECT pg_catalog.to_regclass(%s)::pg_catalog.oid::pg_catalog.int8", [relation]
    )
    return found.fetchall()[0][0]


def exists(connection: Connection[TupleRow], oid: int) -> bool:
    """Whether a relation is still there."""
    query = "SELECT 1 FROM pg_catalog.pg_class WHERE oid = %s::pg_catalog.int8::pg_catalog.oid"
    return bool(connection.execute(query, [oid]).fetchall())


def gives_values(connection: Connection[TupleRow], procedure: str) -> bool:
    """Whether a procedure of that name, whatever its schema, has output arguments."""
    found = connection.execute(
        "SELECT 1 FROM pg_catalog.pg_proc WHERE proname = %s AND proargmodes && '{o,b}'", [procedure]
    )
    return bool(found.fetchall())


def attachment(connection: Connection[TupleRow], *, parent: str, partition: str) -> bool | None:
    """Whether a partition's detachment is half done; None where it is no partition of `parent`."""
    found = connection.execute(_PARTITION, [parent, partition]).fetchall()
    return found[0][0] if found else None


def quoted(*names: str) -> str:
    """A name as it stands in SQL."""
    return sql.Identifier(*names).as_string(None)
