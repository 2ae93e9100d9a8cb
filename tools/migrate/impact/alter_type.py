"""ALTER TABLE … ALTER COLUMN … TYPE: free where the old values can stand as they are, else a rewrite.

Source: PostgreSQL 15 documentation, "ALTER TABLE", notes; foreign keys on either side lock the other table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.modifiers import holds, modifiers_of
from tools.migrate.impact.tree import branch, dotted, integers, node, nodes, strings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Node, Tree
    from tools.migrate.impact.catalog import Catalog, Type
    from tools.migrate.impact.relation import Column, Relation
    from tools.migrate.impact.subcommand import Subcommand

_IN_STEPS: Final = (
    "Add a column of the new type, fill it in batches, then change the names in a migration of its own."
)
_TIMESTAMPS: Final = {"timestamp without time zone", "timestamp with time zone"}
_ONE_FAMILY: Final = ({"text", "character varying"}, {"cidr", "inet"})


def alter_type(command: Subcommand) -> Iterator[Impact]:
    """The table, its partitions, and the tables at the other end of foreign keys on the column."""
    column = text(command.fields, "name")
    definition = command.definition
    work, note = _judged(command.relation, column, definition, command.catalog)
    yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE, work=work, note=note)
    changed = work in (Work.REWRITES, Work.UNKNOWN)
    for constraint in command.relation.constraints:
        if constraint.references is not None and column in constraint.columns:
            again = work if work is Work.UNKNOWN else Work.SCANS
            other = command.catalog.relation(constraint.references)
            yield Impact(
                on=other.alone(),
                lock=Lock.ACCESS_EXCLUSIVE,
                work=again if changed and constraint.valid else Work.CATALOG,
            )
    for key in command.relation.referenced_by:
        if column in key.columns:
            yield Impact(
                on=command.catalog.relation(key.table).whole(),
                lock=Lock.ACCESS_EXCLUSIVE,
                work=Work.UNKNOWN if work is Work.UNKNOWN else Work.SCANS if changed else Work.CATALOG,
                note="Its foreign key is checked again." if changed else "",
            )


def _judged(relation: Relation, column: str, definition: Tree, catalog: Catalog) -> tuple[Work, str]:
    old = relation.columns.get(column)
    written = branch(definition, "typeName")
    new = catalog.type(dotted(strings(written, "names")), array=bool(nodes(written, "arrayBounds")))
    if old is None or new is None or not old.base:
        return Work.UNKNOWN, "Rewrites unless the old values can stand as the new type; it is not known here."
    if not _keeps_value(node(definition, "raw_default"), column, written):
        return Work.REWRITES, f"The USING expression is computed for every row. {_IN_STEPS}"
    kept = _kept(old, new, integers(written, "typmods") or new.modifiers, catalog)
    if kept is None:
        return Work.UNKNOWN, "Rewrites unless the new modifiers hold every old value."
    if not kept:
        return Work.REWRITES, _IN_STEPS
    return _beside(relation, column, old, new, collated=bool(branch(definition, "collClause")))


def _kept(old: Column, new: Type, modifiers: tuple[int, ...], catalog: Catalog) -> bool | None:
    """Whether every row stays as it is."""
    before = modifiers_of(old.type)
    if new.checked:
        return False
    if new.base == old.base:
        return (
            False if new.base.endswith("[]") and before != modifiers else holds(new.base, before, modifiers)
        )
    if {old.base, new.base} == _TIMESTAMPS:
        return catalog.time_zone_is_utc() and not modifiers
    return not modifiers and catalog.same_bytes(old.base, new.base)


def _beside(relation: Relation, column: str, old: Column, new: Type, *, collated: bool) -> tuple[Work, str]:
    """What is done again although no row changes: indexes of another order, CHECKs that name the column.

    The server compares no expressions, so it builds an index that has one anew whatever the types.
    """
    indexes = [index for index in relation.indexes if column in index.columns]
    alike = old.base == new.base or any({old.base, new.base} == family for family in _ONE_FAMILY)
    if any(collated or not alike or index.computed for index in indexes):
        return Work.INDEX, "No row changes, but the column's indexes are built again."
    if any(one.kind == "c" and one.valid and column in one.columns for one in relation.constraints):
        return Work.SCANS, "No row changes, but the column's CHECK is verified again."
    return Work.CATALOG, ""


def _keeps_value(using: Node, column: str, written: Tree) -> bool:
    """Whether USING is absent, the column itself, or the column cast to the new type."""
    if not using.kind:
        return True
    if using.kind == "TypeCast":
        cast = branch(using.fields, "typeName")
        same = strings(cast, "names") == strings(written, "names")
        same = same and integers(cast, "typmods") == integers(written, "typmods")
        using = node(using.fields, "arg") if same else using
    return using.kind == "ColumnRef" and strings(using.fields, "fields")[-1:] == (column,)
