"""A program ends with all that it has started, though that is in another session and does not name it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tools.servers.processes import stat_fields
from tools.servers.program import Program, ProgramIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 60.0
SLEEPS = "import time; time.sleep(600)"
STARTS = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], env={}, start_new_session=True)
pathlib.Path("child").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program whose child has an environment and a session of its own."""
    started = Program(tmp_path / "program", ProgramIdentity(identifier="p", host="127.0.0.1", port=0))
    started.settle()
    started.launch([sys.executable, "-c", STARTS, SLEEPS], environment={}, lend_account=False)
    wait_until(lambda: (started.directory / "child").exists() and child_of(started) > 0)
    yield started
    started.destroy()


def test_what_it_started_is_ended_with_it(program: Program) -> None:
    child = child_of(program)
    program.stop(grace_seconds=5)
    assert not running(child)
    assert not program.is_running()


def test_only_the_program_itself_is_asked_to_end(program: Program) -> None:
    assert program.pid != child_of(program)
    assert program.pid


def test_a_stranger_that_works_in_its_folder_is_left_alone(program: Program) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], cwd=program.directory) as stranger:  # noqa: S603  # ours
        program.stop(grace_seconds=5)
        assert running(stranger.pid)
        os.kill(stranger.pid, signal.SIGKILL)


def child_of(program: Program) -> int:
    return int((program.directory / "child").read_text() or 0)


def running(pid: int) -> bool:
    fields = stat_fields(pid)
    return bool(fields) and fields[0] != "Z"


def wait_until(look: object) -> None:
    assert callable(look)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
