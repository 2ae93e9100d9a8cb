"""A deployment shows each stack once, when it is done, with the time that CloudFormation wrote down."""

import io
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.events import STACK, Event, operation_seconds
from tools.rehearsal.progress import Progress
from tools.rehearsal.stacks_state import Stack

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def stack(status: str, *, name: str = "datatier-dev-keys", changed: str = "1") -> Stack:
    return Stack(name=name, region="us-east-1", status=status, changed=changed)


def follow(*looks: list[Stack] | EmulatorRefused) -> list[str]:
    """Follow a process that has ended; each look sees the next of these, and after them the last again."""
    remaining = list(looks)

    def look() -> list[Stack]:
        seen = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(seen, EmulatorRefused):
            raise seen
        return seen

    output = io.StringIO()
    console = Console(file=output, width=200)
    progress = Progress(console, look=look, took=lambda _: 1.25)
    for _ in looks[2:]:
        for line in progress.observe():
            console.print("  ".join(line))
    with subprocess.Popen([sys.executable, "-c", ""]) as process:  # our own Python
        process.wait()
        progress.follow(process)
    return output.getvalue().splitlines()


def test_a_stack_is_shown_once_and_only_when_it_is_done() -> None:
    at_work = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_COMPLETE")
    (line,) = follow([], *([stack(status)] for status in at_work))
    assert "datatier-dev-keys" in line
    assert "create complete in 1.2 s" in line


def test_a_stack_without_changes_is_not_shown() -> None:
    assert follow([stack("CREATE_COMPLETE")], [stack("CREATE_COMPLETE")]) == []


def test_a_failure_is_shown() -> None:
    (line,) = follow([stack("CREATE_COMPLETE")], [stack("UPDATE_ROLLBACK_COMPLETE", changed="2")])
    assert "✗" in line
    assert "update rollback complete" in line


def test_a_moment_without_an_answer_ends_nothing() -> None:
    (line,) = follow([], EmulatorRefused("busy"), [stack("CREATE_COMPLETE")])
    assert "create complete" in line


def events(*listed: tuple[float, str]) -> Iterable[Event]:
    for second, status in listed:
        at = BEGAN + timedelta(seconds=second)
        yield Event(at=at, status=status, logical_id="one", resource_type=STACK, reason="")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([(0, "REVIEW_IN_PROGRESS"), (60, "CREATE_IN_PROGRESS"), (61.5, "CREATE_COMPLETE")], 1.5),
        ([(0, "CREATE_IN_PROGRESS"), (1, "CREATE_COMPLETE"), (5, "UPDATE_IN_PROGRESS")], None),
        (
            [(0, "CREATE_COMPLETE"), (5, "UPDATE_IN_PROGRESS"), (6, "UPDATE_ROLLBACK_IN_PROGRESS"),
             (8, "UPDATE_ROLLBACK_COMPLETE")],
            3.0,
        ),
        ([], None),
    ],
)  # fmt: skip
def test_an_operation_lasts_from_its_own_beginning_to_its_end(
    listed: list[tuple[float, str]], expected: float | None
) -> None:
    assert operation_seconds(list(events(*listed))) == expected
