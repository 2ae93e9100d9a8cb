"""A step of the set-up runs when it has to and only then, and what it cannot do it says in one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.setup.errors import SetupError
from tools.setup.steps import Step, command
from tools.setup.virtualenv import LOCK, requirement

if TYPE_CHECKING:
    from pathlib import Path


class Work:
    """A step that makes one file of another, and counts how often it ran."""

    def __init__(self, folder: Path) -> None:
        self.runs = 0
        self.source = folder / "source"
        self.made = folder / "made"
        self.source.write_text("1")
        self.step = Step("Work", (self.source,), folder / "stamp", self.run, self.made.exists)

    def run(self) -> None:
        self.runs += 1
        self.made.write_text(self.source.read_text())


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def test_a_step_that_is_done_is_not_done_again(work: Work) -> None:
    work.step.ensure()
    work.step.ensure()
    assert work.runs == 1


def test_a_step_is_done_again_when_its_input_changes(work: Work) -> None:
    work.step.ensure()
    work.source.write_text("2")
    work.step.ensure()
    assert work.made.read_text() == "2"


def test_a_step_is_done_again_when_what_it_made_is_gone(work: Work) -> None:
    work.step.ensure()
    work.made.unlink()
    work.step.ensure()
    assert work.made.exists()


def test_a_step_that_failed_is_not_taken_as_done(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("no network")

    step = Step("Work", (), tmp_path / "stamp", fail, lambda: True)
    for _ in range(2):
        with pytest.raises(SetupError, match="no network"):
            step.ensure()


def test_a_program_that_fails_is_answered_with_its_last_lines_and_what_to_do() -> None:
    with pytest.raises(SetupError) as raised:
        command(["sh", "-c", "echo no such package; exit 3"], advice="install it by hand")
    assert str(raised.value) == "sh failed (exit code 3):\n  no such package\ninstall it by hand"


def test_a_program_that_is_not_there_is_named_with_what_to_do() -> None:
    with pytest.raises(SetupError, match="no-such-program is not installed; install make"):
        command(["no-such-program"], advice="install make")


def test_the_installer_is_taken_from_the_one_lock_with_its_hashes() -> None:
    pinned = requirement("uv", LOCK.read_text())
    assert pinned.startswith("uv==")
    assert "--hash=sha256:" in pinned
    assert len([line for line in pinned.splitlines() if "==" in line]) == 1
