"""In which steps indexes and constraints are built: those built at once never wait for each other. Pure.

pg_restore keeps apart what locks one table. Of partitions it does not know: a constraint of a partitioned
table locks its partitions after it, an index that is attached its parent, and two such statements have ended
as a deadlock (seen). So what touches a partitioned table and is no index is done alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from containers.backup.restore.contents import Entry

_BUILT: Final = frozenset({"INDEX", "CONSTRAINT"})
_CHECKED: Final = frozenset({"FK CONSTRAINT"})
_ATTACHED: Final = frozenset({"TABLE ATTACH", "INDEX ATTACH"})


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Entries to restore in their order, or several at once."""

    entries: tuple[Entry, ...]
    together: bool


def phases(
    after: Iterable[Entry], *, attaching: Iterable[Entry], every: Iterable[Entry]
) -> tuple[Phase, ...]:
    """Order what follows the rows. `attaching`: partitions to attach late; `every` tells of partitions."""
    waiting = list(after)
    partitioned = {number for entry in every if entry.kind == "TABLE ATTACH" for number in entry.dependencies}
    built = _independent([entry for entry in waiting if entry.kind in _BUILT], waiting)
    attached = [*attaching, *(entry for entry in waiting if entry.kind in _ATTACHED)]
    checked = [entry for entry in waiting if entry.kind in _CHECKED and not entry.dependencies & partitioned]
    before = {entry.number for entry in (*built, *attached)}
    checked = _independent(checked, [entry for entry in waiting if entry.number not in before])
    done = before | {entry.number for entry in checked}
    rest = [entry for entry in waiting if entry.number not in done]
    return (
        Phase(entries=tuple(built), together=True),
        Phase(entries=tuple(attached), together=False),
        Phase(entries=tuple(checked), together=True),
        Phase(entries=tuple(rest), together=False),
    )


def _independent(chosen: Collection[Entry], waiting: Iterable[Entry]) -> list[Entry]:
    """Those that need only each other of `waiting`: an index may be of a view that is still to come."""
    found = list(chosen)
    later = {entry.number for entry in waiting} - {entry.number for entry in found}
    while needing := {entry.number for entry in found if entry.dependencies & later}:
        later |= needing
        found = [entry for entry in found if entry.number not in needing]
    return found
