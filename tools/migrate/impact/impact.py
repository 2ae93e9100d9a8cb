"""One judgement: what a statement does to one relation. Values only; the rules are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.relation import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.migrate.impact.relation import Relation

LARGE_ROWS: Final = 10_000
"""From here on a scan under a strong lock is felt by those who wait behind it."""

LARGE_BYTES: Final = 1024 * 1024
"""Stands in for the rows of a table that was never analysed: about 10,000 rows of 100 bytes."""

NO_RELATION: Final = Target(kind="", name="")


@dataclass(frozen=True, kw_only=True)
class Impact:
    """`note` is one sentence of advice or explanation, empty where there is none."""

    on: Target = NO_RELATION
    lock: Lock = Lock.NONE
    work: Work = Work.CATALOG
    note: str = ""

    @property
    def unknown(self) -> bool:
        """Whether the rules could not say what it does."""
        return Lock.UNKNOWN is self.lock or Work.UNKNOWN is self.work

    @property
    def large(self) -> bool:
        """Whether the relation holds more than LARGE_ROWS rows now."""
        if self.on.state != "there":
            return False
        if self.on.rows is None:
            return (self.on.size or 0) > LARGE_BYTES
        return self.on.rows > LARGE_ROWS

    @property
    def dangerous(self) -> bool:
        """Whether writers wait while a large relation is read or written from end to end."""
        return self.large and self.lock.blocks_writes and self.work.grows


def unknown(note: str, on: Target = NO_RELATION) -> Impact:
    """The judgement of what the rules do not know."""
    return Impact(on=on, lock=Lock.UNKNOWN, work=Work.UNKNOWN, note=note)


def absent(relation: Relation) -> Impact:
    """The judgement of a statement about a relation that is not there."""
    return Impact(on=relation.alone(), lock=Lock.NONE, work=Work.NOTHING, note="It does not exist.")


def merged(impacts: Iterable[Impact]) -> tuple[Impact, ...]:
    """One judgement for each target, with its strongest lock, heaviest work and all notes."""
    found: dict[tuple[str, str], Impact] = {}
    for impact in impacts:
        key = (impact.on.kind, impact.on.name)
        known = found.get(key)
        found[key] = impact if known is None else _both(known, impact)
    return tuple(found.values())


def _both(first: Impact, second: Impact) -> Impact:
    notes = [first.note, *([second.note] if second.note not in first.note else [])]
    return replace(
        first,
        on=max(first.on, second.on, key=lambda target: len(target.members)),
        lock=max(first.lock, second.lock, key=lambda lock: lock.strength),
        work=max(first.work, second.work, key=lambda work: work.weight),
        note=" ".join(note for note in notes if note),
    )
