"""What a statement makes of a relation, as far as later rules ask: columns, constraints, indexes. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.migrate.impact.proofs import proven
from tools.migrate.impact.relation import Column, Constraint, Index, Member, Relation
from tools.migrate.impact.tree import (
    Name,
    branch,
    dotted,
    flag,
    integers,
    named,
    node,
    nodes,
    strings,
    text,
    walk,
)

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Node, Tree
    from tools.migrate.impact.catalog import Catalog

_KINDS = {
    "CONSTR_CHECK": "c",
    "CONSTR_FOREIGN": "f",
    "CONSTR_PRIMARY": "p",
    "CONSTR_UNIQUE": "u",
    "CONSTR_EXCLUSION": "x",
}
_PLACES = {
    "CreateStmt": ("relation",),
    "CreateTableAsStmt": ("into", "rel"),
    "SelectStmt": ("intoClause", "rel"),
    "ViewStmt": ("view",),
    "CreateSeqStmt": ("sequence",),
}
_NAMES = {"ViewStmt": "view", "CreateSeqStmt": "sequence"}


def made_by(statement: Node, catalog: Catalog) -> Relation | None:
    """The relation that a CREATE makes, empty and new, by the name that it says; None where it makes none."""
    place = statement.fields
    for key in _PLACES[statement.kind]:
        place = branch(place, key)
    if not place:
        return None
    elements = nodes(statement.fields, "tableElts")
    constraints = [one.fields for one in elements if one.kind == "Constraint"]
    columns: dict[str, Column] = {}
    for one in elements:
        if one.kind == "ColumnDef":
            columns[text(one.fields, "colname")] = _column(one.fields, catalog)
    name = named(place)
    partitioned = bool(branch(statement.fields, "partspec"))
    return Relation(
        name=name,
        kind="partitioned table" if partitioned else _NAMES.get(statement.kind, "table"),
        state="new",
        rows=0,
        size=0,
        columns=columns,
        constraints=tuple(_constraint(one) for one in constraints),
        persistence=text(place, "relpersistence"),
    )


def altered(relation: Relation, statement: Tree, catalog: Catalog) -> Relation:
    """The relation after ALTER TABLE."""
    for command in nodes(statement, "cmds"):
        relation = _after(relation, command.fields, catalog)
    return relation


def _after(relation: Relation, command: Tree, catalog: Catalog) -> Relation:
    kind, name = text(command, "subtype"), text(command, "name")
    definition = node(command, "def").fields
    columns, constraints = dict(relation.columns), relation.constraints
    if kind == "AT_AddColumn":
        columns.setdefault(text(definition, "colname"), _column(definition, catalog))
    elif kind == "AT_AlterColumnType":
        columns[name] = replace(
            _column(definition, catalog), not_null=name in columns and columns[name].not_null
        )
    elif kind in ("AT_SetNotNull", "AT_DropNotNull") and name in columns:
        columns[name] = replace(columns[name], not_null=kind == "AT_SetNotNull")
    elif kind == "AT_DropColumn":
        columns.pop(name, None)
        constraints = tuple(one for one in constraints if name not in one.columns)
    elif kind == "AT_AddConstraint":
        return _constrained(relation, _constraint(definition), text(definition, "indexname"))
    elif kind in ("AT_AttachPartition", "AT_DetachPartition"):
        child = catalog.relation(named(branch(definition, "name")))
        return _parted(relation, child, attached=kind == "AT_AttachPartition")
    elif kind == "AT_ValidateConstraint":
        constraints = tuple(replace(one, valid=True) if one.name == name else one for one in constraints)
    elif kind == "AT_DropConstraint":
        constraints = tuple(one for one in constraints if one.name != name)
    return replace(relation, columns=columns, constraints=constraints)


def _constrained(relation: Relation, added: Constraint, using: str) -> Relation:
    """A key brings its index, unless it uses one; a primary key's columns are not null from then on."""
    columns, indexes = dict(relation.columns), relation.indexes
    used = next((one for one in indexes if one.name == using), None)
    keys = used.columns if used is not None else added.columns
    if added.kind == "p":
        columns |= {name: replace(columns[name], not_null=True) for name in keys if name in columns}
    if added.kind in ("p", "u") and not using:
        indexes = (*indexes, Index(name=added.name, columns=keys, shape="", unique=True))
    return replace(relation, columns=columns, constraints=(*relation.constraints, added), indexes=indexes)


def _parted(parent: Relation, child: Relation, *, attached: bool) -> Relation:
    """A parent holds what its partitions hold: a new one is harmless no more when a full one joins it."""
    if not attached:
        return replace(parent, members=tuple(one for one in parent.members if one.name != child.name))
    joined = Member(name=child.name, rows=child.rows, size=child.size or 0)
    state = "there" if "there" in (parent.state, child.state) else parent.state
    return replace(parent, state=state, members=(*parent.members, joined, *child.members))


def indexed(table: Relation, statement: Tree) -> Relation:
    """The table after CREATE INDEX, under a name that the statement gives."""
    keys = nodes(statement, "indexParams")
    condition = node(statement, "whereClause")
    written = [*(node(one.fields, "expr") for one in keys), condition]
    columns = [text(one.fields, "name") for one in keys]
    for expression in written:
        for one in walk({expression.kind: expression.fields}):
            columns += strings(one.fields, "fields")[-1:] if one.kind == "ColumnRef" else ()
    index = Index(
        name=text(statement, "idxname"),
        columns=frozenset(columns),
        shape="",
        unique=flag(statement, "unique"),
        computed=any(expression.kind for expression in written),
    )
    return replace(table, indexes=(*table.indexes, index))


def renamed(relation: Relation, statement: Tree) -> Relation:
    """The relation after ALTER … RENAME of itself, a column or a constraint."""
    kind, old, new = text(statement, "renameType"), text(statement, "subname"), text(statement, "newname")
    if kind == "OBJECT_COLUMN":
        columns = {new if name == old else name: column for name, column in relation.columns.items()}
        constraints = tuple(
            replace(one, columns=_swapped(one.columns, old, new), proves=_swapped(one.proves, old, new))
            for one in relation.constraints
        )
        indexes = tuple(replace(one, columns=_swapped(one.columns, old, new)) for one in relation.indexes)
        return replace(relation, columns=columns, constraints=constraints, indexes=indexes)
    if kind == "OBJECT_TABCONSTRAINT":
        constraints = tuple(
            replace(one, name=new if one.name == old else one.name) for one in relation.constraints
        )
        return replace(relation, constraints=constraints)
    if old:
        return relation
    return replace(relation, name=Name(schema=relation.name.schema, name=new))


def _swapped(names: frozenset[str], old: str, new: str) -> frozenset[str]:
    return frozenset(new if name == old else name for name in names)


def _column(definition: Tree, catalog: Catalog) -> Column:
    written = branch(definition, "typeName")
    known = catalog.type(dotted(strings(written, "names")), array=bool(nodes(written, "arrayBounds")))
    modifiers = integers(written, "typmods") or (known.modifiers if known else ())
    base = known.base if known else ""
    shown = f"{base}({','.join(str(one) for one in modifiers)})" if modifiers else base
    kinds = {text(one.fields, "contype") for one in nodes(definition, "constraints")}
    return Column(type=shown, base=base, not_null=bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}))


def _constraint(fields: Tree) -> Constraint:
    kind = _KINDS.get(text(fields, "contype"), "")
    other = branch(fields, "pktable")
    return Constraint(
        name=text(fields, "conname"),
        kind=kind,
        valid=not flag(fields, "skip_validation"),
        columns=frozenset([*strings(fields, "keys"), *strings(fields, "fk_attrs")]),
        references=named(other) if other else None,
        proves=proven(node(fields, "raw_expr")) if kind == "c" else frozenset(),
    )
