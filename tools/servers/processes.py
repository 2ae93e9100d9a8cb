"""Processes by identity: a process is ours only if it runs in the folder we gave it.

A process id alone is no identity (ids are reused). Each server's working directory is its own folder
in the state folder, so /proc tells whether an id found in a file is still that server.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

POLL_SECONDS = 0.05


def lives_in(pid: int, directory: Path) -> bool:
    """Tell whether process `pid` runs and its working directory is `directory`."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and Path(f"/proc/{pid}/cwd").readlink() == directory.resolve()
    except OSError:
        return False


def stop(pid: int, directory: Path, *, how: signal.Signals, grace_seconds: float) -> None:
    """Stop process `pid` if it lives in `directory`: `how` first, SIGKILL after the grace."""
    if not lives_in(pid, directory):
        return
    os.kill(pid, how)
    if wait_until_gone(pid, directory, seconds=grace_seconds):
        return
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid, directory, seconds=grace_seconds)


def wait_until_gone(pid: int, directory: Path, *, seconds: float) -> bool:
    """Wait for the process to end; False when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while lives_in(pid, directory):
        if time.monotonic() > deadline:
            return False
        reap(pid)
        time.sleep(POLL_SECONDS)
    reap(pid)
    return True


def reap(pid: int) -> None:
    """Collect the exit of `pid` if it is a child of this process, so that no zombie is left."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
