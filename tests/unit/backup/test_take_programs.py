"""PostgreSQL's programs get what they need and no more, end with their caller, and are understood."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from containers.backup.errors import BackupError, Conflict, ProgramFailed, SourceLost
from containers.backup.programs import Programs, judged

LOGIN = {"host": "db.example", "user": "backup", "password": "secret 'x'", "sslmode": "verify-full"}
SYSTEM = Programs(directory=Path("/bin"))
WAIT_SECONDS = 30.0


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("ERROR:  canceling statement due to conflict with recovery", Conflict),
        ("FATAL:  terminating connection due to conflict with recovery", Conflict),
        ("ERROR:  canceling statement due to lock timeout", Conflict),
        ("server closed the connection unexpectedly", SourceLost),
        ("FATAL:  terminating connection due to administrator command", SourceLost),
        ("psql: error: connection to server at db failed: refused", SourceLost),
        ("ERROR:  permission denied for table x", ProgramFailed),
        ("", ProgramFailed),
    ],
)
def test_last_words_tell_what_has_happened(words: str, meant: type[BackupError]) -> None:
    error = judged("psql", 1, words)
    assert type(error) is meant
    assert str(error).startswith("psql: ")


def test_a_password_is_in_the_environment_and_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the task")
    script = 'printf \'%s|%s|%s\' "$PGPASSWORD" "$AWS_SECRET_ACCESS_KEY" "$PGSSLMODE"'
    with SYSTEM.run("sh", ["-c", script], LOGIN, stdout=True) as running:
        assert running.stdout.read() == b"secret 'x'||verify-full"
        running.finish()


def test_only_lines_that_say_what_went_wrong_are_kept() -> None:
    script = "echo 'ERROR:  division by zero' >&2; echo 'CONTEXT: row (1, a secret)' >&2; exit 3"
    with SYSTEM.run("sh", ["-c", script], {}) as running, pytest.raises(ProgramFailed) as caught:
        running.finish()
    assert str(caught.value) == "sh: ERROR:  division by zero"


def test_a_program_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(ProgramFailed, match="/nowhere/psql"),
        Programs(directory=Path("/nowhere")).run("psql", [], {}) as running,
    ):
        running.finish()


def test_a_program_ends_with_its_block() -> None:
    with SYSTEM.run("sleep", ["1000"], {}, stdout=True) as running:
        pass
    with pytest.raises(ProgramFailed):
        running.finish()


def test_every_program_that_runs_can_be_ended_by_another_thread() -> None:
    started = time.monotonic()
    with SYSTEM.run("sleep", ["1000"], {}, stdout=True) as running:
        threading.Timer(0, SYSTEM.kill).start()
        assert running.stdout.read() == b""
        with pytest.raises(ProgramFailed):
            running.finish()
    assert time.monotonic() - started < WAIT_SECONDS


@pytest.mark.parametrize("end", ["wait", "exit 3"])
def test_what_a_program_has_started_ends_with_its_block(end: str) -> None:
    held, holding = os.pipe()
    script = f"sleep 60 & echo; {end}"

    def run() -> None:
        with SYSTEM.run("sh", ["-c", script], {}, stdout=True, pass_fds=[holding]) as running:
            assert running.stdout.read(1) == b"\n"
            if end != "wait":
                with pytest.raises(ProgramFailed):
                    running.finish()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT_SECONDS)
    os.close(holding)
    assert not thread.is_alive()
    assert let_go(held)


def test_a_program_ends_when_its_caller_is_interrupted_at_a_terminal(tmp_path: Path) -> None:
    held, holding = os.pipe()
    ready = tmp_path / "ready"
    script = (
        "from pathlib import Path\n"
        "from containers.backup.programs import Programs\n"
        f"with Programs(directory=Path('/bin')).run('sh', ['-c', 'touch {ready}; sleep 60 & wait'], {{}}, "
        f"pass_fds=[{holding}]) as running:\n"
        "    running.finish()\n"
    )
    caller = subprocess.Popen(  # noqa: S603  this Python
        [sys.executable, "-c", script],
        pass_fds=[holding],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(holding)
    deadline = time.monotonic() + WAIT_SECONDS
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    # As a terminal does: to every process of the caller's group.
    os.killpg(caller.pid, signal.SIGINT)
    caller.wait(WAIT_SECONDS)
    assert let_go(held)


def let_go(held: int) -> bool:
    """Whether nobody holds the other end of a pipe any more."""
    with os.fdopen(held, "rb") as end:
        readable, _, _ = select.select([end], [], [], WAIT_SECONDS)
        return bool(readable) and end.read() == b""
