"""CREATE INDEX and REINDEX: with CONCURRENTLY writers go on, without it they wait for the build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.bootstrap.migrations.outside import has_option
from tools.migrate.impact.impact import Impact, unknown
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, flag, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog

_CONCURRENTLY: Final = "CREATE INDEX CONCURRENTLY, as its migration's only statement."
_EACH_PARTITION: Final = (
    "CREATE INDEX … ON ONLY the parent, CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION."
)


def create_index(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """The table; a partitioned table's partitions get the index too."""
    relation = catalog.relation(named(branch(statement, "relation")))
    concurrent = flag(statement, "concurrent")
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if concurrent else Lock.SHARE
    name = text(statement, "idxname")
    if flag(statement, "if_not_exists") and any(index.name == name for index in relation.indexes):
        yield Impact(on=relation.alone(), lock=lock, note="An index of this name is there: skipped.")
        return
    partitioned = relation.kind == "partitioned table"
    if partitioned and not flag(branch(statement, "relation"), "inh"):
        yield Impact(on=relation.alone(), lock=lock)
        return
    advice = _EACH_PARTITION if partitioned else _CONCURRENTLY
    yield Impact(
        on=relation.partitioned(),
        lock=lock,
        work=Work.INDEX,
        note="" if concurrent or relation.state == "new" else advice,
    )


def reindex(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """A table's indexes or one index; a schema's or database's are not counted up."""
    concurrent = has_option(statement.get("params"), "concurrently")
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if concurrent else Lock.SHARE
    note = "" if concurrent else "REINDEX … CONCURRENTLY lets writers go on."
    kind = text(statement, "kind")
    if kind not in ("REINDEX_OBJECT_TABLE", "REINDEX_OBJECT_INDEX"):
        yield unknown("Builds every index of a schema or database, one table after the other.")
        return
    relation = catalog.relation(named(branch(statement, "relation")))
    if kind == "REINDEX_OBJECT_INDEX":
        if not concurrent:
            yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)
        if relation.table is None:
            return
        relation = catalog.relation(relation.table)
    yield Impact(on=relation.partitioned(), lock=lock, work=Work.INDEX, note=note)
