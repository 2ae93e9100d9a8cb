"""What PostgreSQL really does for a statement: the locks it holds and the files and scans it causes.

It believes no rule: locks come from pg_locks, work from relfilenodes and from the transaction's own counters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

RELATIONS = """
    SELECT c.oid::bigint, c.relname, c.relkind::text, c.relfilenode::bigint, i.indrelid::bigint,
           pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid),
           pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
           + pg_stat_get_xact_tuples_deleted(c.oid)
    FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
    WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND c.relnamespace::regnamespace::text NOT LIKE 'pg_t%'
"""
LOCKS = """
    SELECT relation::bigint, mode FROM pg_locks
    WHERE locktype = 'relation' AND pid = pg_backend_pid() AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
NAMES = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
ORDER = list(NAMES)


@dataclass(frozen=True, kw_only=True)
class Relation:
    oid: int
    name: str
    kind: str
    file: int
    table: int | None
    scans: int
    written: int


@dataclass(frozen=True, kw_only=True)
class Observed:
    """`locks`: relation to its strongest mode. `work`: relation to what was seen, for those with rows."""

    locks: dict[str, str]
    work: dict[str, str]
    kinds: dict[str, str]

    def matters(self, name: str, mode: str) -> bool:
        """Whether a lock must be told: those of a table's own indexes and sequences go without saying."""
        return mode not in ("ACCESS SHARE", "ROW SHARE") and self.kinds[name] in "rpvmf"

    @property
    def busy(self) -> list[str]:
        """Relations that were read or written."""
        return [name for name, work in self.work.items() if work != "catalog only"]


def observe(connection: psycopg.Connection[Any], statement: str) -> Observed:
    """Run the statement in a transaction that is rolled back. Relations that it makes are left out."""
    connection.execute("BEGIN")
    try:
        before = _relations(connection)
        connection.execute(statement.encode())
        after = _relations(connection)
        held = connection.execute(LOCKS).fetchall()
    finally:
        connection.execute("ROLLBACK")
    locks: dict[str, str] = {}
    for oid, mode in sorted(held, key=lambda lock: ORDER.index(lock[1])):
        relation = before.get(oid)
        if relation is not None:
            locks[relation.name] = NAMES[mode]
    work = {
        relation.name: _work(relation, after.get(relation.oid), before, after)
        for relation in before.values()
        if relation.kind in "rm"
    }
    kinds = {relation.name: relation.kind for relation in before.values()}
    return Observed(locks=locks, work=work, kinds=kinds)


def _work(
    before: Relation, after: Relation | None, all_before: dict[int, Relation], all_after: dict[int, Relation]
) -> str:
    if after is None:
        return "catalog only"
    scanned = after.scans > before.scans
    if after.file != before.file and scanned:
        return "rewrites"
    indexes = [
        (one.oid, one.file) for one in all_before.values() if one.table == before.oid and one.kind in "iI"
    ]
    built = [
        (one.oid, one.file)
        for one in all_after.values()
        if one.table == before.oid and one.kind in "iI" and (one.oid, one.file) not in indexes
    ]
    if built and scanned:
        return "builds index"
    if after.written > before.written:
        return "writes rows"
    return "scans" if scanned else "catalog only"


def _relations(connection: psycopg.Connection[Any]) -> dict[int, Relation]:
    return {
        row[0]: Relation(
            oid=row[0], name=row[1], kind=row[2], file=row[3], table=row[4], scans=row[5], written=row[6]
        )
        for row in connection.execute(RELATIONS).fetchall()
    }
