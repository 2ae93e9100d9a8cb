"""Answers the rules' questions from a live database's catalog; it writes nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, LiteralString, cast

import psycopg

from lambdas.common.errors import DatatierError
from tools.migrate.impact.catalog import Droppable, Type, Volatility
from tools.migrate.impact.modifiers import modifiers_of
from tools.migrate.impact.proofs import proven_by_text
from tools.migrate.impact.relation import Column, Constraint, ForeignKey, Index, Member, Relation
from tools.migrate.impact.tree import Name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection
    from psycopg.rows import TupleRow

_FOLDER: Final = Path(__file__).parent / "sql"
_KINDS: Final = {
    "r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "i": "index",
    "I": "partitioned index", "S": "sequence", "f": "foreign table", "c": "type", "t": "TOAST table",
}  # fmt: skip


class TableBusy(DatatierError):
    """A relation that a plan is about stayed locked for longer than it may wait."""


Row = dict[str, Any]


@cache
def _query(name: str) -> LiteralString:
    """The text of `sql/<name>.sql`; it ships with the package, so it is as literal as one in the code."""
    return cast("LiteralString", (_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


class ServerCatalog:
    """The catalog behind one connection. Names without a schema mean what they mean to that session."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        connection.execute("SET lock_timeout = 5000")  # milliseconds: nobody shall queue behind a plan
        self._relations: dict[Name, Relation] = {}

    def search(self, schemas: Sequence[str] | None) -> None:
        """Give this session the search path that a script gives its own."""
        value = None if schemas is None else ", ".join(_quoted(Name(name=one)) for one in schemas)
        if value is None:
            self._connection.execute("RESET search_path")
        else:
            self._connection.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [value])
        self._relations = {name: one for name, one in self._relations.items() if name.schema is not None}

    def path(self) -> tuple[str, ...]:
        """The schemas of the search path that are there."""
        ((found,),) = self._connection.execute(
            "SELECT pg_catalog.current_schemas(FALSE)::pg_catalog.text[]"
        ).fetchall()
        return tuple(found)

    def relation(self, name: Name) -> Relation:
        """A relation, looked up once."""
        if name not in self._relations:
            rows = self._ask("relation", name=_quoted(name))
            self._relations[name] = _relation(rows[0][0]) if rows else Relation(name=name, state="absent")
        return self._relations[name]

    def type(self, name: Name, *, array: bool) -> Type | None:
        """A type by name."""
        for base, stored, checked in self._ask("type", name=_quoted(name) + ("[]" if array else "")):
            return Type(base=base, modifiers=modifiers_of(stored), checked=checked)
        return None

    def volatility(self, function: Name) -> Volatility:
        """Whether calls of a function may differ; one in SQL may be inlined, and then nobody knows."""
        ((volatile, in_sql, _),) = self._ask("volatility", bare=function.name, schema=function.schema)
        if volatile is None or in_sql:
            return "unknown"
        return "volatile" if volatile else "fixed"

    def is_built_in(self, function: Name) -> bool:
        """Whether every function of the name is in pg_catalog."""
        return bool(self._ask("volatility", bare=function.name, schema=function.schema)[0][2])

    def same_bytes(self, old: str, new: str) -> bool:
        """Whether pg_cast says that a value needs no conversion."""
        return bool(self._ask("same_bytes", old=old, new=new)[0][0])

    def time_zone_is_utc(self) -> bool:
        """Whether the session's TimeZone is UTC by one of its names."""
        ((zone,),) = self._connection.execute("SELECT pg_catalog.current_setting('TimeZone')").fetchall()
        return str(zone).upper().removeprefix("ETC/") in (
            "UTC",
            "GMT",
            "UCT",
            "ZULU",
            "UNIVERSAL",
            "GREENWICH",
        )

    def table_of_statistics(self, name: Name) -> Relation | None:
        """The table that a statistics object describes."""
        for schema, table in self._ask("table_of_statistics", bare=name.name, schema=name.schema):
            return self.relation(Name(schema=schema, name=table))
        return None

    def users_of_type(self, name: Name) -> tuple[Relation, ...]:
        """Tables with a column of a type."""
        found = self._ask("users_of_type", name=_quoted(name))
        return tuple(self.relation(Name(schema=row[0], name=row[1])) for row in found)

    def locked_by_drop(
        self, kind: Droppable, name: Name, *, part: str = "", cascade: bool
    ) -> tuple[Relation, ...] | None:
        """Relations that a DROP takes along or takes something from."""
        objects = self._ask(
            "object_of_drop", kind=kind, name=_quoted(name), bare=name.name, schema=name.schema, part=part
        )
        if len(objects) != 1:
            return None if objects else ()
        classid, objid, objsubid = objects[0]
        found = self._ask("locked_by_drop", classid=classid, objid=objid, objsubid=objsubid, cascade=cascade)
        return tuple(self.relation(Name(schema=row[0], name=row[1])) for row in found)

    def _ask(self, query: str, **values: object) -> Sequence[TupleRow]:
        try:
            return self._connection.execute(_query(query), values).fetchall()
        except psycopg.errors.LockNotAvailable as error:
            raise TableBusy(
                f"a session holds {values.get('name', 'a table')} under ACCESS EXCLUSIVE, so its size cannot "
                "be read. Plan again when that has ended; pg_stat_activity and pg_locks say who it is."
            ) from error


def _quoted(name: Name) -> str:
    parts = [name.name] if name.schema is None else [name.schema, name.name]
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def _name(pair: Sequence[str]) -> Name:
    return Name(schema=pair[0], name=pair[1])


def _optional(pair: Sequence[str] | None) -> Name | None:
    return None if pair is None else _name(pair)


def _relation(row: Row) -> Relation:
    return Relation(
        name=Name(schema=row["schema"], name=row["name"]),
        kind=_KINDS[row["kind"]],
        rows=row["rows"],
        size=row["size"],
        columns=_columns(row["columns"] or ()),
        constraints=tuple(_constraint(one) for one in row["constraints"] or ()),
        indexes=tuple(_index(one) for one in row["indexes"] or ()),
        members=tuple(
            Member(name=_name(one["name"]), rows=one["rows"], size=one["size"])
            for one in row["members"] or ()
        ),
        referenced_by=tuple(
            ForeignKey(
                table=_name(one["table"]), columns=frozenset(one["columns"] or ()), on_delete=one["on_delete"]
            )
            for one in row["referenced_by"] or ()
        ),
        reads=tuple(_name(one) for one in row["reads"] or ()),
        persistence=row["persistence"],
        tablespace=row["tablespace"] or "",
        access_method=row["access_method"] or "",
        has_row_triggers=row["row_triggers"],
        parent=_optional(row["parent"]),
        default_partition=_optional(row["default_partition"]),
        table=_optional(row["table"]),
    )


def _columns(rows: Sequence[Row]) -> Mapping[str, Column]:
    return {one["name"]: Column(type=one["type"], base=one["base"], not_null=one["not_null"]) for one in rows}


def _constraint(row: Row) -> Constraint:
    return Constraint(
        name=row["name"],
        kind=row["kind"],
        valid=row["valid"],
        columns=frozenset(row["columns"] or ()),
        references=_optional(row["references"]),
        proves=proven_by_text(row["check"] or ""),
    )


def _index(row: Row) -> Index:
    return Index(
        name=row["name"],
        unique=row["unique"],
        shape=row["shape"],
        computed=row["computed"],
        columns=frozenset([*(row["columns"] or ()), *(row["keys"] or ())]),
    )
