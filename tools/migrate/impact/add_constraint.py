"""ADD and VALIDATE CONSTRAINT: what is checked at once, what may wait, the other table's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.alter_column import is_proven
from tools.migrate.impact.impact import Impact, unknown
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, flag, named, strings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.subcommand import Subcommand

NOT_VALID: Final = "ADD CONSTRAINT … NOT VALID, then VALIDATE in a migration of its own."
_USING_INDEX: Final = "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX."


def add_constraint(command: Subcommand) -> Iterator[Impact]:
    """The table, and the table that a foreign key refers to."""
    constraint = command.definition
    kind = text(constraint, "contype")
    checked = not flag(constraint, "skip_validation")
    if kind == "CONSTR_CHECK":
        work = Work.SCANS if checked else Work.CATALOG
        note = NOT_VALID if checked else ""
        yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE, work=work, note=note)
    elif kind == "CONSTR_FOREIGN":
        yield from _foreign_key(command, constraint, checked=checked)
    elif kind in ("CONSTR_UNIQUE", "CONSTR_PRIMARY"):
        yield from _key(command, constraint, primary=kind == "CONSTR_PRIMARY")
    elif kind == "CONSTR_EXCLUSION":
        yield Impact(on=command.relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, work=Work.INDEX)
        yield from _in_partitions(command, Lock.SHARE)
    else:
        yield unknown("This kind of constraint is not known here.", command.relation.alone())


def _foreign_key(command: Subcommand, constraint: Tree, *, checked: bool) -> Iterator[Impact]:
    work = Work.SCANS if checked else Work.CATALOG
    note = NOT_VALID if checked else ""
    yield Impact(on=command.reached, lock=Lock.SHARE_ROW_EXCLUSIVE, work=work, note=note)
    other = command.catalog.relation(named(branch(constraint, "pktable")))
    yield Impact(on=other.whole(), lock=Lock.SHARE_ROW_EXCLUSIVE, work=work)


def _key(command: Subcommand, constraint: Tree, *, primary: bool) -> Iterator[Impact]:
    index = text(constraint, "indexname")
    relation = command.relation
    if not index:
        yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, work=Work.INDEX, note=_USING_INDEX)
        keys = strings(constraint, "keys")
        nullable = primary and not all(is_proven(relation, key) for key in keys)
        yield from _in_partitions(command, Lock.ACCESS_EXCLUSIVE if nullable else Lock.SHARE)
        return
    known = next((one for one in relation.indexes if one.name == index), None)
    if primary and known is None:
        yield Impact(
            on=relation.alone(),
            lock=Lock.ACCESS_EXCLUSIVE,
            work=Work.UNKNOWN,
            note="Scans unless every column of the index is NOT NULL already.",
        )
    elif primary and known is not None and not all(is_proven(relation, one) for one in known.columns):
        yield Impact(
            on=relation.alone(),
            lock=Lock.ACCESS_EXCLUSIVE,
            work=Work.SCANS,
            note="Set its columns NOT NULL before, by a CHECK that is validated on its own.",
        )
    else:
        yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)


def _in_partitions(command: Subcommand, lock: Lock) -> Iterator[Impact]:
    if command.relation.kind == "partitioned table" and command.relation.members and not command.only:
        yield Impact(on=command.relation.parts(), lock=lock, work=Work.INDEX)


def validate_constraint(command: Subcommand) -> Iterator[Impact]:
    """Writers go on; a foreign key's other table is read beside them."""
    name = text(command.fields, "name")
    known = next((one for one in command.relation.constraints if one.name == name), None)
    if known is None:
        yield Impact(
            on=command.reached,
            lock=Lock.SHARE_UPDATE_EXCLUSIVE,
            work=Work.SCANS,
        )
        return
    work = Work.CATALOG if known.valid else Work.SCANS
    yield Impact(on=command.reached, lock=Lock.SHARE_UPDATE_EXCLUSIVE, work=work)
    if known.references is not None and not known.valid:
        other = command.catalog.relation(known.references)
        yield Impact(on=other.whole(), lock=Lock.ROW_SHARE, work=work)
