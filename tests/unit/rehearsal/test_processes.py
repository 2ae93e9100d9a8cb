"""Only the process that was started is ever stopped: an id used again belongs to a stranger."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.rehearsal.processes import Process, Records, end_orphans

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)  # noqa: S603  # our own Python
    yield process
    process.kill()
    process.wait()


def test_a_recorded_process_is_found_again_and_stopped(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    Records(tmp_path).write("emulator", sleeper.pid)
    found = Records(tmp_path).read("emulator")
    assert found is not None
    assert found.alive
    found.stop(grace_seconds=5)
    assert not found.alive


def test_a_stranger_with_the_same_id_is_left_alone(sleeper: "subprocess.Popen[bytes]") -> None:
    real = Process.find("emulator", sleeper.pid)
    assert real is not None
    stranger = replace(real, began=real.began - 1)
    stranger.stop(grace_seconds=0.2)
    assert real.alive


def test_a_process_that_ignores_the_request_is_killed() -> None:
    with subprocess.Popen(  # noqa: S603  # our own Python
        [sys.executable, "-c", STUBBORN], start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = Process.find("emulator", process.pid)
        assert found is not None
        found.stop(grace_seconds=0.3)
        assert not found.alive


def test_an_ended_process_is_not_alive_and_stopping_it_does_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True) as process:  # noqa: S603  # our own Python
        found = Process.find("emulator", process.pid)
        process.kill()
        process.wait()
    assert found is not None
    assert not found.alive
    found.stop(grace_seconds=0.2)


def test_records_that_are_not_there_or_not_whole_are_nobody(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{")
    assert Records(tmp_path).read("cdk") is None
    assert Records(tmp_path).read("emulator") is None
    assert Records(tmp_path / "nowhere").all() == []


def test_orphans_are_ended_only_where_they_work_for_us(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True, cwd=tmp_path) as process:  # noqa: S603  # our own Python
        group = os.getpgid(process.pid)
        assert end_orphans(group=group, workplace=tmp_path / "elsewhere") == 0
        assert end_orphans(group=group, workplace=tmp_path) == 1


def test_two_writers_of_one_record_do_not_share_a_draft(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    """The parent's draft stands; the process that it started records itself at the same time."""
    theirs = tmp_path / f".emulator.{sleeper.pid}"
    theirs.write_text("half a reco")
    Records(tmp_path).write("emulator", sleeper.pid)
    assert theirs.read_text() == "half a reco"
    assert Records(tmp_path).read("emulator") is not None
