"""ADD COLUMN: free with a constant default since PostgreSQL 11, a rewrite with a volatile one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools.migrate.impact.expressions import volatility
from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, dotted, flag, named, node, nodes, strings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Node, Tree
    from tools.migrate.impact.catalog import Catalog
    from tools.migrate.impact.subcommand import Subcommand

SERIALS: Final = frozenset({"serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"})
_IN_STEPS: Final = "Add the column without it, fill it in batches, then set the default."
_REWRITING: Final = {
    "CONSTR_IDENTITY": "An identity column numbers every row at once.",
    "CONSTR_GENERATED": "A stored generated column is computed for every row at once.",
}


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one part of the definition asks for."""

    work: Work
    note: str = ""


def add_column(command: Subcommand) -> Iterator[Impact]:
    """The table, and the table that a REFERENCES names."""
    definition = command.definition
    if flag(command.fields, "missing_ok") and text(definition, "colname") in command.relation.columns:
        yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE, note="The column is there: skipped.")
        return
    constraints = nodes(definition, "constraints")
    default = next((one for one in constraints if text(one.fields, "contype") == "CONSTR_DEFAULT"), None)
    yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE)
    parts = [_by_type(definition, command.catalog), _by_default(default, command.catalog)]
    parts += [_by_constraint(one.fields, has_default=default is not None) for one in constraints]
    for part in parts:
        if part is not None:
            yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE, work=part.work, note=part.note)
    for one in constraints:
        if text(one.fields, "contype") == "CONSTR_FOREIGN":
            other = command.catalog.relation(named(branch(one.fields, "pktable")))
            yield Impact(
                on=other.alone(),
                lock=Lock.SHARE_ROW_EXCLUSIVE,
                work=Work.SCANS if default is not None else Work.CATALOG,
            )


def _by_type(definition: Tree, catalog: Catalog) -> _Part | None:
    written = branch(definition, "typeName")
    name = dotted(strings(written, "names"))
    if name.name in SERIALS and name.schema is None:
        return _Part(work=Work.REWRITES, note=f"A {name.name} numbers every row at once.")
    known = catalog.type(name, array=bool(nodes(written, "arrayBounds")))
    if known is None:
        return _Part(work=Work.UNKNOWN, note=f"The type {name} is not known here.")
    if known.checked:
        return _Part(work=Work.REWRITES, note=f"{name} is a domain with constraints, checked for every row.")
    return None


def _by_default(default: Node | None, catalog: Catalog) -> _Part | None:
    if default is None:
        return None
    found = volatility(node(default.fields, "raw_expr"), catalog)
    if found == "volatile":
        return _Part(work=Work.REWRITES, note=f"The default is volatile: computed for every row. {_IN_STEPS}")
    if found == "unknown":
        return _Part(work=Work.UNKNOWN, note=f"Rewrites if the default's function is volatile. {_IN_STEPS}")
    return None


def _by_constraint(constraint: Tree, *, has_default: bool) -> _Part | None:
    kind = text(constraint, "contype")
    if kind in _REWRITING:
        return _Part(work=Work.REWRITES, note=_REWRITING[kind])
    if kind in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
        return _Part(
            work=Work.INDEX,
            note="Add the column alone, CREATE UNIQUE INDEX CONCURRENTLY, then ADD … USING INDEX.",
        )
    if kind == "CONSTR_CHECK":
        return _Part(work=Work.SCANS, note="Add the CHECK afterwards as NOT VALID, then VALIDATE.")
    if kind == "CONSTR_NOTNULL" and not has_default:
        return _Part(work=Work.SCANS, note="Fails unless the table is empty: give it a DEFAULT.")
    if kind == "CONSTR_FOREIGN" and has_default:
        return _Part(work=Work.SCANS, note="Add the foreign key afterwards as NOT VALID, then VALIDATE.")
    return None
