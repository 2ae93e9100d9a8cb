"""The processes that `up` starts, each with a record on disk that knows it from a stranger with the same id.

An id alone is not enough: ids are used again. A record therefore holds the moment the process began, as the
kernel counts it, and a process that began at another moment is never touched.
"""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.rehearsal.documents import read_document
from tools.rehearsal.errors import StateUnreadable
from tools.servers.processes import POLL_SECONDS, STATE_FIELD, ZOMBIE, reap, stat_fields

EMULATOR = "emulator"
CDK = "cdk"
LAUNCHER = "tools.rehearsal.launcher"
BEGAN_FIELD = 19  # starttime, counted from the field after the program's name: proc(5), field 22
GROUP_FIELD = 2


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process, by id and by the moment it began; it leads a process group of its own."""

    name: str
    pid: int
    began: int

    @classmethod
    def find(cls, name: str, pid: int) -> "Process | None":
        """Return the process that has this id now, or None."""
        fields = stat_fields(pid)
        return cls(name=name, pid=pid, began=int(fields[BEGAN_FIELD])) if fields else None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        fields = stat_fields(self.pid)
        return bool(fields) and int(fields[BEGAN_FIELD]) == self.began and fields[STATE_FIELD] != ZOMBIE

    def stop(self, *, grace_seconds: float) -> None:
        """End the process and its group: asked first, killed after the grace; one that is gone is left."""
        for how, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, grace_seconds)):
            if not self.alive:
                return
            _signal_group(self.pid, how)
            self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended, at most so long."""
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            reap(self.pid)
            time.sleep(POLL_SECONDS)


class Records:
    """The records of one tier's processes: a JSON document each, in one folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, name: str, pid: int) -> None:
        """Record a process, replacing what the name stood for."""
        process = Process.find(name, pid)
        if process is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        # Named by the writer: the parent and the process itself record the same id at the same time.
        draft = self.directory / f".{name}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(process)), encoding="utf-8")
        draft.replace(self.directory / f"{name}.json")

    def read(self, name: str) -> Process | None:
        """Return a recorded process, whether it still runs or not; a record that is not whole is nobody's."""
        try:
            return read_document(self.directory / f"{name}.json", Process)
        except StateUnreadable:
            return None

    def all(self) -> list[Process]:
        """Return every recorded process."""
        found = [self.read(path.stem) for path in sorted(self.directory.glob("*.json"))]
        return [process for process in found if process]

    def forget(self, name: str) -> None:
        """Remove a record."""
        (self.directory / f"{name}.json").unlink(missing_ok=True)


def emulators_of(state: Path) -> list[Process]:
    """Return every emulator of a state folder that runs, recorded or not: its arguments say which it is."""
    wanted = [LAUNCHER.encode(), os.fsencode(state)]
    found: list[Process | None] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted == arguments[2:4]:
            found.append(Process.find(EMULATOR, int(folder.name)))
    return [process for process in found if process and process.alive]


def end_orphans(*, group: int, workplace: Path) -> int:
    """Kill what a killed process left of its group, if it works below a folder of ours; return how many."""
    ended = 0
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        fields = stat_fields(pid)
        try:
            ours = (
                bool(fields)
                and int(fields[GROUP_FIELD]) == group
                and (folder / "cwd").readlink().is_relative_to(workplace)
            )
            if ours:
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
        ended += ours
    return ended


def _signal_group(pid: int, how: signal.Signals) -> None:
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, how)
        else:
            os.kill(pid, how)
    except ProcessLookupError:
        return
