"""VACUUM, ANALYZE, CLUSTER and LOCK TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.bootstrap.migrations.outside import has_option
from tools.migrate.impact.impact import Impact, unknown
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, flag, named, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog

_MODES: Final = list(Lock)
_EVERY_TABLE: Final = "It takes every table in turn; name one to have it judged."


def vacuum(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """VACUUM, VACUUM FULL and ANALYZE."""
    full = has_option(statement.get("options"), "full")
    tables = nodes(statement, "rels")
    if not tables:
        yield unknown(_EVERY_TABLE)
    for one in tables:
        relation = catalog.relation(named(branch(one.fields, "relation")))
        yield Impact(
            on=relation.partitioned(),
            lock=Lock.ACCESS_EXCLUSIVE if full else Lock.SHARE_UPDATE_EXCLUSIVE,
            work=Work.REWRITES if full else Work.SCANS,
            note="Nobody can read the table until it is done." if full else "",
        )


def cluster(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """CLUSTER."""
    if not branch(statement, "relation"):
        yield unknown(_EVERY_TABLE)
        return
    relation = catalog.relation(named(branch(statement, "relation")))
    yield Impact(
        on=relation.alone(),
        lock=Lock.ACCESS_EXCLUSIVE,
        work=Work.REWRITES,
        note="Nobody can read the table until it is done.",
    )


def lock_table(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """LOCK TABLE: the mode that it names, on the tables of a view too."""
    mode = statement.get("mode")
    lock = _MODES[mode] if isinstance(mode, int) and 0 < mode < len(_MODES) - 1 else Lock.UNKNOWN
    for one in nodes(statement, "relations"):
        relation = catalog.relation(named(one.fields))
        yield Impact(on=relation.whole() if flag(one.fields, "inh") else relation.alone(), lock=lock)
        for name in relation.reads if relation.kind == "view" else ():
            yield Impact(on=catalog.relation(name).whole(), lock=lock)
