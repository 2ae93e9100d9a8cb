"""Which statements change where names without a schema are looked up, and to what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.bootstrap.migrations.syntax import parse
from tools.migrate.impact.tree import Name, branch, dotted, node, nodes, strings, text

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Node, Tree

TEMPORARY: Final = "pg_temp"
_SETTING: Final = "search_path"
_BACK: Final = ("VAR_RESET", "VAR_SET_DEFAULT")
_MADE_BY_A_CALL: Final = (Name(name="set_config"), Name(schema="pg_catalog", name="set_config"))


@dataclass(frozen=True, kw_only=True)
class Search:
    """The schemas that names are looked up in, in order; None for those that a session begins with."""

    schemas: tuple[str, ...] | None


def search_asked(statement: Node) -> Search | None:
    """What SET, RESET, DISCARD ALL or set_config() makes of the search path; None where they leave it."""
    fields = statement.fields
    if statement.kind == "DiscardStmt":
        return Search(schemas=None) if text(fields, "target") == "DISCARD_ALL" else None
    if statement.kind == "SelectStmt":
        return _by_call(fields)
    if statement.kind != "VariableSetStmt":
        return None
    kind = text(fields, "kind")
    if kind == "VAR_RESET_ALL":
        return Search(schemas=None)
    if text(fields, "name").lower() != _SETTING:
        return None
    return Search(schemas=None if kind in _BACK else _constants(fields))


def _by_call(select: Tree) -> Search | None:
    """`SELECT set_config('search_path', '…', false)`, which pg_dump writes at the head of its scripts."""
    for target in nodes(select, "targetList"):
        call = node(target.fields, "val")
        if call.kind == "FuncCall" and dotted(strings(call.fields, "funcname")) in _MADE_BY_A_CALL:
            setting, value = (*_constants(call.fields), "", "")[:2]
            if setting.lower() == _SETTING:
                read = parse(f"SET search_path TO {value}") if value.strip() else None
                return Search(schemas=_constants(read.fields) if read else ())
    return None


def _constants(fields: Tree) -> tuple[str, ...]:
    found = (
        text(branch(one.fields, "sval"), "sval") for one in nodes(fields, "args") if one.kind == "A_Const"
    )
    return tuple(one for one in found if one)
