"""Which processes are a program's: those that it started, however they were started, and no others.

Known by a variable in their environment, by the session that they share, and by whose children they are.
Never ends one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.servers import processes

if TYPE_CHECKING:
    from collections.abc import Mapping

SESSION = "session"
"""The file that holds the id of the program's session, and the moment it began as the kernel counts it."""

MARK = "DATATIER_PROGRAM"
"""The variable that names the program's folder to all that it starts."""

PARENT_FIELD, SESSION_FIELD, BEGAN_FIELD = 1, 3, 19
"""proc(5), fields 4, 6 and 22, counted from the field after the program's name."""

NOBODY = -1
"""The session of a program whose folder does not say it any more."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process that runs; `began` tells it from another that has its number later."""

    pid: int
    parent: int
    session: int
    began: int
    marked: bool

    @property
    def lives(self) -> bool:
        """Whether this very process still runs."""
        stat = processes.stat_fields(self.pid)
        running = bool(stat) and stat[processes.STATE_FIELD] != processes.ZOMBIE
        return running and int(stat[BEGAN_FIELD]) == self.began


def leaders(directory: Path) -> list[int]:
    """Return the program itself, without what it has started."""
    session, _ = _recorded(directory)
    known = [one.pid for one in ours(directory) if one.pid == one.session]
    return [pid for pid in known if session in {pid, NOBODY}]


def ours(directory: Path) -> list[Running]:
    """Return the program and all that it has started, in whatever order."""
    session, began = _recorded(directory)
    running = _running(f"{MARK}={directory}".encode())
    leader = running.get(session)
    known = leader is None or leader.began == began  # else the number is a stranger's now
    found = {
        pid: one
        for pid, one in running.items()
        if one.marked or (known and one.session == session and one.began >= began)
    }
    _adopt(found, running)
    return list(found.values())


def _adopt(known: dict[int, Running], running: Mapping[int, Running]) -> None:
    """Add the children of what is ours, and theirs: PostgreSQL's have sessions of their own and no mark."""
    while children := {
        pid: one
        for pid, one in running.items()
        if pid not in known and one.parent in known and one.began >= known[one.parent].began
    }:
        known.update(children)


def _recorded(directory: Path) -> tuple[int, int]:
    try:
        session, began = (directory / SESSION).read_text(encoding="utf-8").split()
        return int(session), int(began)
    except (OSError, ValueError):
        return NOBODY, 0


def _running(mark: bytes) -> dict[int, Running]:
    """Return every process that runs and may be looked at."""
    found: dict[int, Running] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = processes.stat_fields(int(folder.name))
            if not stat or stat[processes.STATE_FIELD] == processes.ZOMBIE:
                continue
            marked = mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        pid = int(folder.name)
        found[pid] = Running(
            pid=pid,
            parent=int(stat[PARENT_FIELD]),
            session=int(stat[SESSION_FIELD]),
            began=int(stat[BEGAN_FIELD]),
            marked=marked,
        )
    return found
