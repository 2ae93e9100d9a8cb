"""The catalog as earlier pending statements will have left it: what they make is new, and harmless.

It follows names, columns, constraints and indexes as far as the rules ask for them; it runs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from tools.migrate.impact.catalog import Droppable, Searched, Type, Volatility
from tools.migrate.impact.changes import altered, indexed, made_by, renamed
from tools.migrate.impact.relation import Relation
from tools.migrate.impact.search_path import TEMPORARY, search_asked
from tools.migrate.impact.tree import Name, branch, dotted, named, node, nodes, strings, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdas.bootstrap.migrations.syntax import Node, Tree

_Known = TypeVar("_Known")

_MAKING: Final = frozenset({"CreateStmt", "CreateTableAsStmt", "ViewStmt", "CreateSeqStmt", "SelectStmt"})
_RELATIONS: Final = frozenset({
    "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_INDEX",
    "OBJECT_FOREIGN_TABLE",
})  # fmt: skip


class Foreseen:
    """A catalog laid over another one; `learn` tells it a statement that will have run."""

    def __init__(self, beneath: Searched) -> None:
        self._beneath = beneath
        self._relations: dict[Name, Relation] = {}
        self._types: dict[Name, Type] = {}
        self._functions: dict[Name, Volatility] = {}
        self._schemas: set[str] = set()
        self.begin_script()

    def begin_script(self) -> None:
        """Every script finds the search path that a session begins with."""
        self._search(None)

    def relation(self, name: Name) -> Relation:
        """A relation as it will be."""
        if name.schema is not None:
            return self._at(name)
        for schema in self._path:
            found = self._at(Name(schema=schema, name=name.name))
            if found.state != "absent":
                return found
        found = self._beneath.relation(name)  # PostgreSQL's own, which needs no path
        nowhere = found.state == "absent" or found.name.schema in self._path
        return Relation(name=self._home(name), state="absent") if nowhere else found

    def type(self, name: Name, *, array: bool) -> Type | None:
        """A type; one that is made before is not known by its bytes, only by its name."""
        made = self._first(self._types, name)
        if made is None:
            return self._beneath.type(name, array=array)
        return replace(made, base=f"{made.base}[]") if array else made

    def volatility(self, function: Name) -> Volatility:
        """Whether a function's calls may differ."""
        return self._first(self._functions, function) or self._beneath.volatility(function)

    def is_built_in(self, function: Name) -> bool:
        """Whether the name means functions of PostgreSQL itself."""
        return self._first(self._functions, function) is None and self._beneath.is_built_in(function)

    def same_bytes(self, old: str, new: str) -> bool:
        """Whether values of one type can stand as the other's."""
        return self._beneath.same_bytes(old, new)

    def time_zone_is_utc(self) -> bool:
        """Whether the session's TimeZone has no offset."""
        return self._beneath.time_zone_is_utc()

    def table_of_statistics(self, name: Name) -> Relation | None:
        """The table that an object of CREATE STATISTICS describes."""
        return self._beneath.table_of_statistics(name)

    def users_of_type(self, name: Name) -> tuple[Relation, ...]:
        """Tables with a column of the type now; those that are new hold no rows."""
        return tuple(self.relation(one.name) for one in self._beneath.users_of_type(name))

    def locked_by_drop(
        self, kind: Droppable, name: Name, *, part: str = "", cascade: bool
    ) -> tuple[Relation, ...] | None:
        """Relations that lose something now; those that are gone by then are left out."""
        found = self._beneath.locked_by_drop(kind, name, part=part, cascade=cascade)
        if found is None:
            return None
        then = (self.relation(one.name) for one in found)
        return tuple(one for one in then if one.state != "absent")

    def learn(self, statement: Node | None) -> None:
        """Take a statement as done."""
        if statement is None:
            return
        search = search_asked(statement)
        if search is not None:
            self._search(search.schemas)
        changes: dict[str, Callable[[Tree], None]] = {
            "AlterObjectSchemaStmt": self._move,
            "AlterTableStmt": self._alter,
            "CreateSchemaStmt": self._fill_schema,
            "DropStmt": self._drop_all,
            "IndexStmt": self._index,
            "RenameStmt": self._rename,
        }
        if statement.kind in _MAKING:
            self._make(statement)
        elif statement.kind in changes:
            changes[statement.kind](statement.fields)
        else:
            self._name(statement.kind, statement.fields)

    def _search(self, schemas: tuple[str, ...] | None) -> None:
        self._beneath.search(schemas)
        there = self._beneath.path()
        if schemas is not None:
            # What is written as "$user" has another name there; a schema may be one that is still to be made.
            own = tuple(one for one in there if one not in schemas)
            there = (*own, *(one for one in schemas if one in there or one in self._schemas))
        self._path = (TEMPORARY, *there)

    def _at(self, name: Name) -> Relation:
        return self._relations.get(name) or self._beneath.relation(name)

    def _home(self, name: Name, *, temporary: bool = False) -> Name:
        """Where something new of this name goes."""
        if name.schema is not None:
            return name
        return Name(schema=TEMPORARY if temporary else (*self._path, "public")[1], name=name.name)

    def _first(self, known: Mapping[Name, _Known], name: Name) -> _Known | None:
        schemas = self._path if name.schema is None else (name.schema,)
        found = (known.get(Name(schema=schema, name=name.name)) for schema in schemas)
        return next((one for one in found if one is not None), None)

    def _alter(self, fields: Tree) -> None:
        relation = self.relation(named(branch(fields, "relation")))
        if relation.state != "absent":
            self._put(altered(relation, fields, self))

    def _fill_schema(self, fields: Tree) -> None:
        name = text(fields, "schemaname") or text(branch(fields, "authrole"), "rolename")
        self._schemas.add(name)
        before, self._path = self._path, (TEMPORARY, name, *self._path[1:])
        for one in nodes(fields, "schemaElts"):
            self.learn(one)
        self._path = before

    def _drop_all(self, fields: Tree) -> None:
        kind = text(fields, "removeType")
        for one in nodes(fields, "objects"):
            if kind in _RELATIONS:
                self._drop(self.relation(dotted(strings(one.fields, "items"))))
            elif kind == "OBJECT_SCHEMA":
                self._drop_schema(text(one.fields, "sval"))

    def _drop_schema(self, schema: str) -> None:
        there = self._beneath.locked_by_drop("schema", Name(name=schema), cascade=True) or ()
        for one in (*there, *self._relations.values()):
            if one.name.schema == schema:
                self._drop(self._at(one.name))

    def _put(self, relation: Relation) -> None:
        self._relations[relation.name] = relation

    def _make(self, statement: Node) -> None:
        made = made_by(statement, self)
        if made is None:
            return
        name = self._home(made.name, temporary=made.persistence == "t")
        if self._at(name).state == "absent":
            self._put(replace(made, name=name))

    def _index(self, fields: Tree) -> None:
        table = self.relation(named(branch(fields, "relation")))
        name = text(fields, "idxname")
        if any(one.name == name for one in table.indexes):
            return
        self._put(indexed(table, fields))
        if name:
            own = Name(schema=table.name.schema, name=name)
            self._put(Relation(name=own, kind="index", state="new", table=table.name))

    def _rename(self, fields: Tree) -> None:
        if not branch(fields, "relation"):
            return
        before = self.relation(named(branch(fields, "relation")))
        if before.state == "absent":
            return
        after = renamed(before, fields)
        if after.name != before.name:
            self._put(Relation(name=before.name, state="absent"))
        self._put(after)

    def _move(self, fields: Tree) -> None:
        if not branch(fields, "relation"):
            return
        before = self.relation(named(branch(fields, "relation")))
        if before.state != "absent":
            self._put(Relation(name=before.name, state="absent"))
            self._put(replace(before, name=Name(schema=text(fields, "newschema"), name=before.name.name)))

    def _drop(self, known: Relation) -> None:
        """A table's indexes go with it, and a table loses an index that goes."""
        self._put(Relation(name=known.name, state="absent"))
        for index in known.indexes:
            self._put(Relation(name=Name(schema=known.name.schema, name=index.name), state="absent"))
        table = None if known.table is None else self._at(known.table)
        if table is not None and table.state != "absent":
            self._put(
                replace(table, indexes=tuple(one for one in table.indexes if one.name != known.name.name))
            )

    def _name(self, kind: str, fields: Tree) -> None:
        """Types and functions, which have no size and only a meaning."""
        if kind == "CreateEnumStmt":
            name = self._home(dotted(strings(fields, "typeName")))
            self._types[name] = Type(base=str(name))
        elif kind == "CompositeTypeStmt":
            name = self._home(named(branch(fields, "typevar")))
            self._types[name] = Type(base=str(name))
        elif kind == "CreateDomainStmt":
            name = self._home(dotted(strings(fields, "domainname")))
            self._types[name] = Type(base=str(name), checked=bool(nodes(fields, "constraints")))
        elif kind == "CreateFunctionStmt":
            options = {text(one.fields, "defname"): one.fields for one in nodes(fields, "options")}
            said = text(node(options.get("volatility", {}), "arg").fields, "sval")
            name = self._home(dotted(strings(fields, "funcname")))
            self._functions[name] = "fixed" if said in ("immutable", "stable") else "unknown"
