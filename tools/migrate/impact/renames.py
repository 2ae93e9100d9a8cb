"""RENAME and SET SCHEMA: a new row in the catalog under a lock that stops readers for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.impact import Impact, absent
from tools.migrate.impact.locks import Lock
from tools.migrate.impact.tree import branch, flag, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog

_OLD_CODE: Final = "Code that uses the old name fails from here on."
_TOLD: Final = frozenset({"OBJECT_TABLE", "OBJECT_COLUMN", "OBJECT_VIEW", "OBJECT_MATVIEW"})


def rename(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """ALTER … RENAME; only ALTER INDEX lets the queries of others go on."""
    written = branch(statement, "relation")
    if not written:
        yield Impact()
        return
    relation = catalog.relation(named(written))
    if relation.state == "absent" and flag(statement, "missing_ok"):
        yield absent(relation)
        return
    kind = text(statement, "renameType")
    yield Impact(
        on=relation.whole() if kind == "OBJECT_COLUMN" else relation.alone(),
        lock=Lock.SHARE_UPDATE_EXCLUSIVE if kind == "OBJECT_INDEX" else Lock.ACCESS_EXCLUSIVE,
        note=_OLD_CODE if kind in _TOLD and relation.state == "there" else "",
    )


def set_schema(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """ALTER … SET SCHEMA."""
    written = branch(statement, "relation")
    if not written:
        yield Impact()
        return
    relation = catalog.relation(named(written))
    if relation.state == "absent" and flag(statement, "missing_ok"):
        yield absent(relation)
        return
    note = _OLD_CODE if relation.state == "there" else ""
    yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, note=note)
