"""CREATE TABLE: the new table harms nobody; those it refers to, inherits from or joins are locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, flag, named, nodes, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog
    from tools.migrate.impact.relation import Relation
    from tools.migrate.impact.tree import Name


def create_table(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """The table itself, and every table that its definition names."""
    relation = catalog.relation(named(branch(statement, "relation")))
    temporary = text(branch(statement, "relation"), "relpersistence") == "t"
    if flag(statement, "if_not_exists") and relation.state != "absent" and not temporary:
        yield Impact(on=relation.alone(), lock=Lock.NONE, work=Work.NOTHING, note="It is there: skipped.")
        return
    yield Impact()
    partition = bool(branch(statement, "partbound"))
    for one in nodes(statement, "inhRelations"):
        parent = catalog.relation(named(one.fields))
        if partition:
            yield from _as_partition(parent, catalog)
        else:
            yield Impact(on=parent.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    for name, lock in _named_tables(statement):
        other = catalog.relation(name)
        if other.name != relation.name or relation.state != "absent":
            yield Impact(on=other.alone(), lock=lock)


def _as_partition(parent: Relation, catalog: Catalog) -> Iterator[Impact]:
    note = (
        "CREATE TABLE on its own, then ALTER TABLE … ATTACH PARTITION, which lets readers and writers go on."
    )
    yield Impact(on=parent.alone(), lock=Lock.ACCESS_EXCLUSIVE, note=note if parent.state == "there" else "")
    if parent.default_partition is not None:
        yield Impact(
            on=catalog.relation(parent.default_partition).whole(),
            lock=Lock.ACCESS_EXCLUSIVE,
            work=Work.SCANS,
            note="The default partition is searched for rows that belong to the new one.",
        )
    for constraint in parent.constraints:
        if constraint.references is not None:
            yield Impact(on=catalog.relation(constraint.references).alone(), lock=Lock.SHARE_ROW_EXCLUSIVE)


def _named_tables(statement: Tree) -> Iterator[tuple[Name, Lock]]:
    for element in nodes(statement, "tableElts"):
        if element.kind == "TableLikeClause":
            yield named(branch(element.fields, "relation")), Lock.ACCESS_SHARE
        constraints = [element] if element.kind == "Constraint" else nodes(element.fields, "constraints")
        for constraint in constraints:
            if text(constraint.fields, "contype") == "CONSTR_FOREIGN":
                yield named(branch(constraint.fields, "pktable")), Lock.SHARE_ROW_EXCLUSIVE
