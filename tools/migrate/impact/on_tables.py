"""Statements about what belongs to a table: triggers, policies, statistics, comments, sequences, domains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from tools.migrate.impact.drops import of_object
from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, dotted, named, node, nodes, strings, text

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog

Rule = Callable[["Tree", "Catalog"], Iterator[Impact]]

_ITSELF: Final = frozenset({
    "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_INDEX", "OBJECT_SEQUENCE",
    "OBJECT_FOREIGN_TABLE",
})  # fmt: skip
_ON_IT: Final = frozenset({"OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})


def locks_table(lock: Lock, key: str = "relation") -> Rule:
    """The rule of a statement that names its table under `key` and only changes the catalog."""

    def rule(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
        yield Impact(on=catalog.relation(named(branch(statement, key))).alone(), lock=lock)

    return rule


def create_trigger(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """The table and its partitions, and the table that a constraint trigger is FROM."""
    relation = catalog.relation(named(branch(statement, "relation")))
    yield Impact(on=relation.partitioned(), lock=Lock.SHARE_ROW_EXCLUSIVE)
    if branch(statement, "constrrel"):
        other = catalog.relation(named(branch(statement, "constrrel")))
        yield Impact(on=other.alone(), lock=Lock.ACCESS_SHARE)


def create_statistics(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """CREATE STATISTICS; the figures come with the next ANALYZE."""
    for one in nodes(statement, "relations"):
        yield Impact(on=catalog.relation(named(one.fields)).alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)


def comment(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """COMMENT and SECURITY LABEL."""
    kind = text(statement, "objtype")
    parts = of_object(statement)
    if kind in _ITSELF:
        yield Impact(on=catalog.relation(dotted(parts)).alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    elif kind == "OBJECT_COLUMN":
        yield Impact(on=catalog.relation(dotted(parts[:-1])).alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    elif kind in _ON_IT:
        yield Impact(on=catalog.relation(dotted(parts[:-1])).alone(), lock=Lock.ACCESS_SHARE)
    else:
        yield Impact()


def publish(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """CREATE and ALTER PUBLICATION with their tables."""
    yield Impact()
    for one in nodes(statement, "pubobjects"):
        written = branch(branch(one.fields, "pubtable"), "relation")
        if written:
            relation = catalog.relation(named(written))
            yield Impact(on=relation.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)


def own_sequence(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """CREATE and ALTER SEQUENCE; OWNED BY looks at a table."""
    sequence = catalog.relation(named(branch(statement, "sequence")))
    made = "for_identity" in statement or sequence.state == "absent"
    yield Impact() if made else Impact(on=sequence.alone(), lock=Lock.SHARE_ROW_EXCLUSIVE)
    for option in nodes(statement, "options"):
        if text(option.fields, "defname") == "owned_by":
            parts = strings(node(option.fields, "arg").fields, "items")
            if len(parts) > 1:
                owner = catalog.relation(dotted(parts[:-1]))
                yield Impact(on=owner.alone(), lock=Lock.ACCESS_SHARE)


def alter_domain(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """A constraint that is checked at once reads every table with a column of the domain."""
    kind = text(statement, "subtype")
    checks = kind in ("O", "V") or (
        kind == "C" and node(statement, "def").fields.get("skip_validation") is not True
    )
    yield Impact()
    for relation in catalog.users_of_type(dotted(strings(statement, "typeName"))) if checks else ():
        yield Impact(
            on=relation.alone(),
            lock=Lock.SHARE,
            work=Work.SCANS,
            note="ADD CONSTRAINT … NOT VALID lets writers go on; VALIDATE takes the same lock as this.",
        )
