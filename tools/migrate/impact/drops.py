"""DROP and TRUNCATE: nothing is read, but whatever goes or loses something is locked exclusively."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.impact import Impact, absent, unknown
from tools.migrate.impact.locks import Lock
from tools.migrate.impact.tree import branch, dotted, flag, named, node, nodes, strings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Node, Tree
    from tools.migrate.impact.catalog import Catalog, Droppable
    from tools.migrate.impact.relation import Relation
    from tools.migrate.impact.tree import Name

_RELATIONS: Final = frozenset({
    "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE",
})  # fmt: skip
_ON_A_TABLE: Final = frozenset({"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})
_OTHERS: Final[dict[str, Droppable]] = {
    "OBJECT_TYPE": "type",
    "OBJECT_DOMAIN": "type",
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "function",
    "OBJECT_ROUTINE": "function",
    "OBJECT_AGGREGATE": "function",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_EXTENSION": "extension",
}
_TABLELESS: Final = frozenset({
    "OBJECT_COLLATION", "OBJECT_EVENT_TRIGGER", "OBJECT_PUBLICATION", "OBJECT_CONVERSION",
    "OBJECT_ACCESS_METHOD",
})  # fmt: skip
_GONE: Final = "Its rows go with it."


def drop(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """DROP of every kind."""
    kind = text(statement, "removeType")
    cascade = text(statement, "behavior") == "DROP_CASCADE"
    for one in nodes(statement, "objects"):
        parts = _parts(one)
        if kind in _RELATIONS:
            yield from _relation(dotted(parts), catalog, cascade=cascade)
        elif kind == "OBJECT_INDEX":
            yield from _index(
                dotted(parts), catalog, concurrent=flag(statement, "concurrent"), cascade=cascade
            )
        elif kind in _ON_A_TABLE:
            yield Impact(on=catalog.relation(dotted(parts[:-1])).alone(), lock=Lock.ACCESS_EXCLUSIVE)
        elif kind == "OBJECT_STATISTIC_EXT":
            table = catalog.table_of_statistics(dotted(parts))
            yield Impact() if table is None else Impact(on=table.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
        elif kind in _OTHERS:
            yield from _other(_OTHERS[kind], dotted(parts), catalog, cascade=cascade)
        elif kind in _TABLELESS and not cascade:
            yield Impact()
        else:
            yield unknown("What this DROP locks is not known here.")


def _parts(one: Node) -> tuple[str, ...]:
    if one.kind == "String":
        return (text(one.fields, "sval"),)
    key = {"List": "items", "TypeName": "names", "ObjectWithArgs": "objname"}.get(one.kind, "")
    return strings(one.fields, key)


def _relation(name: Name, catalog: Catalog, *, cascade: bool) -> Iterator[Impact]:
    relation = catalog.relation(name)
    if relation.state == "absent":
        yield absent(relation)
        return
    note = _GONE if relation.kind.endswith("table") else ""
    yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, note=note)
    yield from _along(catalog.locked_by_drop("relation", relation.name, cascade=cascade), relation)


def _index(name: Name, catalog: Catalog, *, concurrent: bool, cascade: bool) -> Iterator[Impact]:
    index = catalog.relation(name)
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if concurrent else Lock.ACCESS_EXCLUSIVE
    if index.state == "absent" or index.table is None:
        yield absent(index)
        return
    note = "" if concurrent else "DROP INDEX CONCURRENTLY, as its migration's only statement."
    table = catalog.relation(index.table)
    yield Impact(on=table.alone(), lock=lock, note="" if table.state == "new" else note)
    if not concurrent:
        yield from _along(catalog.locked_by_drop("relation", index.name, cascade=cascade), table)


def _other(kind: Droppable, name: Name, catalog: Catalog, *, cascade: bool) -> Iterator[Impact]:
    found = catalog.locked_by_drop(kind, name, cascade=cascade)
    if found is None:
        yield unknown(f"There are several functions named {name}; what depends on each is not looked up.")
    elif not found:
        yield Impact()
    for relation in found or ():
        yield Impact(
            on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, note=f"It loses what depends on {name}."
        )


def _along(found: tuple[Relation, ...] | None, first: Relation) -> Iterator[Impact]:
    for relation in found or ():
        if relation.name != first.name:
            yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)


def truncate(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """Tables with their partitions, and with CASCADE every table that refers to them."""
    cascade = text(statement, "behavior") == "DROP_CASCADE"
    waiting = [(named(one.fields), flag(one.fields, "inh")) for one in nodes(statement, "relations")]
    seen: set[Name] = set()
    while waiting:
        name, whole = waiting.pop(0)
        relation = catalog.relation(name)
        if relation.name in seen:
            continue
        seen.add(relation.name)
        yield Impact(
            on=relation.whole() if whole else relation.alone(),
            lock=Lock.ACCESS_EXCLUSIVE,
            note="Every row goes.",
        )
        if cascade:
            waiting += [(key.table, True) for key in relation.referenced_by]


def drop_owned(_statement: Tree, _catalog: Catalog) -> Iterator[Impact]:
    """DROP OWNED and REASSIGN OWNED reach whatever a role owns."""
    yield unknown("It reaches everything that a role owns.")


def of_object(statement: Tree) -> tuple[str, ...]:
    """The dotted name of the object of COMMENT or SECURITY LABEL."""
    found = node(statement, "object")
    return _parts(found) if found.kind else strings(branch(statement, "object"), "items")
