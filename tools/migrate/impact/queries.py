"""SELECT and the statements that write rows: locks that let others read and write, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from tools.migrate.impact.impact import Impact, unknown
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import Name, branch, dotted, named, nodes, strings, text, walk

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog
    from tools.migrate.impact.relation import Relation

Rule = Callable[["Tree", "Catalog"], Iterator[Impact]]

_WRITING: Final = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_BATCHES: Final = "Every row stays locked until the migration commits: change large tables in batches."
_CASCADING: Final = ("c", "n", "d")


def reads(query: Tree, catalog: Catalog, *, work: Work = Work.SCANS) -> Iterator[Impact]:
    """Every relation that a query reads, views followed to their tables, and every one that it writes."""
    whole = {"query": query}
    own_names = {text(one.fields, "ctename") for one in walk(whole) if one.kind == "CommonTableExpr"}
    for one in walk(whole):
        if one.kind == "RangeVar":
            name = named(one.fields)
            if name.schema is not None or name.name not in own_names:
                yield from _read(catalog.relation(name), catalog, Lock.ACCESS_SHARE, work)
        elif one.kind in _WRITING:
            yield from _written(one.kind, one.fields, catalog)
        elif one.kind == "FuncCall":
            yield from _called(dotted(strings(one.fields, "funcname")), catalog)


def select(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """SELECT; FOR UPDATE and its kin lock the rows that they return."""
    made = branch(branch(statement, "intoClause"), "rel")
    yield Impact()
    yield from reads({**statement, "intoClause": {}}, catalog)
    if made:
        return
    locked = nodes(statement, "lockingClause")
    for clause in locked:
        chosen = [named(one.fields) for one in nodes(clause.fields, "lockedRels")]
        for one in walk({"from": {"of": statement.get("fromClause")}}):
            if one.kind != "RangeVar":
                continue
            name = named(one.fields)
            aliases = {name.name, text(branch(one.fields, "alias"), "aliasname")}
            if not chosen or any(pick.name in aliases for pick in chosen):
                yield from _read(catalog.relation(name), catalog, Lock.ROW_SHARE, Work.SCANS)


def write(kind: str) -> Rule:
    """The rule of INSERT, UPDATE, DELETE or MERGE."""

    def rule(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
        yield from _written(kind, statement, catalog)
        yield from reads({**statement, "relation": {}}, catalog)

    return rule


def copy(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """COPY to and from a file of the server."""
    relation = branch(statement, "relation")
    if statement.get("is_from") is True:
        target = catalog.relation(named(relation)).whole()
        yield Impact(on=target, lock=Lock.ROW_EXCLUSIVE, work=Work.WRITES)
    else:
        yield from reads(statement, catalog)


def _written(kind: str, statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    relation = catalog.relation(named(branch(statement, "relation")))
    note = _BATCHES if kind != "InsertStmt" and relation.state == "there" else ""
    yield Impact(on=relation.whole(), lock=Lock.ROW_EXCLUSIVE, work=Work.WRITES, note=note)
    if relation.kind == "view" and len(relation.reads) == 1:
        yield Impact(
            on=catalog.relation(relation.reads[0]).whole(), lock=Lock.ROW_EXCLUSIVE, work=Work.WRITES
        )
    if kind in ("DeleteStmt", "MergeStmt"):
        for key in relation.referenced_by:
            if key.on_delete in _CASCADING:
                yield Impact(
                    on=catalog.relation(key.table).whole(), lock=Lock.ROW_EXCLUSIVE, work=Work.WRITES
                )


def _read(relation: Relation, catalog: Catalog, lock: Lock, work: Work) -> Iterator[Impact]:
    follows = relation.kind == "view"
    yield Impact(on=relation.whole(), lock=lock, work=Work.CATALOG if follows else work)
    for name in relation.reads if follows else ():
        beneath = catalog.relation(name)
        plain = beneath.kind != "view"
        yield Impact(on=beneath.whole(), lock=lock, work=work if plain else Work.CATALOG)


def _called(function: Name, catalog: Catalog) -> Iterator[Impact]:
    if not catalog.is_built_in(function):
        yield unknown(f"It calls {function}, and what that does is not known here.")
