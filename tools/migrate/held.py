"""Locks last until their transaction ends: which of them stay while a later statement runs long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.migrate.impact.locks import Lock, Work

if TYPE_CHECKING:
    from tools.migrate.impact.impact import Impact


@dataclass(frozen=True, kw_only=True)
class Held:
    """A lock that keeps writers of a large relation waiting, and the line of the statement that took it."""

    relation: str
    lock: Lock
    line: int


class Transaction:
    """The statements of one transaction, in order."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def take(self, impacts: tuple[Impact, ...], *, line: int) -> None:
        """Remember the locks of a statement that matter to later ones."""
        for impact in impacts:
            name = impact.on.name
            known = self._held[name].lock if name in self._held else Lock.NONE
            if impact.large and impact.lock.blocks_writes and impact.lock.strength > known.strength:
                self._held[name] = Held(relation=name, lock=impact.lock, line=line)

    def held_during(self, impacts: tuple[Impact, ...], *, inserts: bool) -> tuple[Held, ...]:
        """What earlier statements keep locked while one runs that goes through a large relation.

        One that `inserts` is as long as what it reads, whatever the size of the table that it adds to. A lock
        that it takes as strongly itself is its own matter.
        """
        if not any(_runs_long(impact, inserts=inserts) for impact in impacts):
            return ()
        own = {impact.on.name: impact.lock.strength for impact in impacts if impact.lock is not Lock.UNKNOWN}
        return tuple(one for one in self._held.values() if own.get(one.relation, 0) < one.lock.strength)


def _runs_long(impact: Impact, *, inserts: bool) -> bool:
    writes = impact.work is Work.WRITES and not inserts
    return impact.large and (impact.work.grows or writes)
