"""Partitions and inheritance: ATTACH, DETACH, INHERIT. A default partition is locked with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import branch, flag, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.migrate.impact.relation import Relation
    from tools.migrate.impact.subcommand import Subcommand

_CHECK_FIRST: Final = "Give it a validated CHECK with the partition's bounds before: then nothing is scanned."
_DEFAULT: Final = "The default partition is searched for rows that belong to the new one."


def attach(command: Subcommand) -> Iterator[Impact]:
    """The parent stays usable; the partition is scanned, and gets the indexes that it lacks."""
    definition = command.definition
    child = command.catalog.relation(named(branch(definition, "name")))
    yield Impact(on=command.relation.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    work, note = _of_attached(command.relation, child)
    yield Impact(on=child.whole(), lock=Lock.ACCESS_EXCLUSIVE, work=work, note=note)
    yield from default_partition(command, Work.SCANS)
    own = {constraint.references for constraint in child.constraints}
    for constraint in command.relation.constraints:
        if constraint.references is not None:
            checked = constraint.references not in own
            yield Impact(
                on=command.catalog.relation(constraint.references).alone(),
                lock=Lock.SHARE_ROW_EXCLUSIVE,
                work=Work.SCANS if checked else Work.CATALOG,
                note="The parent's foreign key is checked for every row of the partition." if checked else "",
            )


def _of_attached(parent: Relation, child: Relation) -> tuple[Work, str]:
    if child.state == "absent" or parent.state == "absent":
        return Work.UNKNOWN, ""
    shapes = {(index.shape, index.unique) for index in child.indexes}
    if any((index.shape, index.unique) not in shapes for index in parent.indexes):
        return Work.INDEX, f"Build the parent's indexes on it before, concurrently. {_CHECK_FIRST}"
    if any(one.kind == "c" and one.valid for one in child.constraints):
        return Work.UNKNOWN, "Scans unless its CHECK constraints prove the partition's bounds."
    return Work.SCANS, _CHECK_FIRST


def default_partition(command: Subcommand, work: Work) -> Iterator[Impact]:
    """The default partition of the table, where it has one."""
    if command.relation.default_partition is not None:
        default = command.catalog.relation(command.relation.default_partition)
        note = _DEFAULT if work is Work.SCANS else ""
        yield Impact(on=default.whole(), lock=Lock.ACCESS_EXCLUSIVE, work=work, note=note)


def detach(command: Subcommand) -> Iterator[Impact]:
    """Without CONCURRENTLY nobody can read the parent meanwhile."""
    definition = command.definition
    child = command.catalog.relation(named(branch(definition, "name")))
    if flag(definition, "concurrent"):
        yield Impact(on=command.relation.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
        yield Impact(
            on=child.alone(),
            lock=Lock.ACCESS_EXCLUSIVE,
            note="Waits for transactions that use the parent, then locks the partition for a moment.",
        )
        return
    yield Impact(
        on=command.relation.alone(), lock=Lock.ACCESS_EXCLUSIVE, note="DETACH PARTITION … CONCURRENTLY."
    )
    yield Impact(on=child.alone(), lock=Lock.ACCESS_EXCLUSIVE)
    yield from default_partition(command, Work.CATALOG)


def detach_finalize(command: Subcommand) -> Iterator[Impact]:
    """DETACH PARTITION … FINALIZE."""
    definition = command.definition
    child = command.catalog.relation(named(branch(definition, "name")))
    yield Impact(on=command.relation.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    yield Impact(on=child.alone(), lock=Lock.ACCESS_EXCLUSIVE)


def inherit(command: Subcommand) -> Iterator[Impact]:
    """INHERIT: the parent only has to stay as it is."""
    yield Impact(on=command.relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)
    parent = command.catalog.relation(named(command.definition))
    yield Impact(on=parent.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)


def no_inherit(command: Subcommand) -> Iterator[Impact]:
    """NO INHERIT."""
    yield Impact(on=command.relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)
    parent = command.catalog.relation(named(command.definition))
    yield Impact(on=parent.alone(), lock=Lock.ACCESS_SHARE)
