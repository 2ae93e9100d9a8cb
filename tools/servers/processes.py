"""Processes by identity: a process is ours only if it runs in the folder we gave it.

A process id alone is no identity (ids are reused). Each server's working directory is its own folder
in the state folder, so /proc tells whether an id found in a file is still that server.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.05
STATE_FIELD = 0
ZOMBIE = "Z"


def lives_in(pid: int, directory: Path) -> bool:
    """Tell whether process `pid` runs and its working directory is `directory`."""
    try:
        fields = stat_fields(pid)
        running = bool(fields) and fields[STATE_FIELD] != ZOMBIE
        return running and Path(f"/proc/{pid}/cwd").readlink() == directory.resolve()
    except OSError:
        return False


def stop(pid: int, directory: Path, *, how: signal.Signals, grace_seconds: float) -> None:
    """Stop process `pid` if it lives in `directory`: `how` first, SIGKILL after the grace."""
    for signal_number in (how, signal.SIGKILL):
        if not lives_in(pid, directory):
            return
        with suppress(ProcessLookupError):  # it ended by itself just now
            os.kill(pid, signal_number)
        wait_until_gone(pid, directory, seconds=grace_seconds)


def wait_until_gone(pid: int, directory: Path, *, seconds: float) -> None:
    """Wait for the process to end, at most so long."""
    deadline = time.monotonic() + seconds
    while lives_in(pid, directory) and time.monotonic() < deadline:
        reap(pid)
        time.sleep(POLL_SECONDS)
    reap(pid)


def stat_fields(pid: int) -> list[str]:
    """Return /proc/PID/stat after the program's name, which may hold spaces; empty without a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def reap(pid: int) -> None:
    """Collect the exit of `pid` if it is a child of this process, so that no zombie is left."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
