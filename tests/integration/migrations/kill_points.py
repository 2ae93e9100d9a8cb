"""Kills a run at the statements it sends, one database each, and compares what the next run makes of it.

The statements are counted in an undisturbed run: nobody lists them.
"""

from __future__ import annotations

import difflib
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lambdas.bootstrap.environment import LOGINS
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.killed_run import Order, Report
    from tests.integration.migrations.watched_client import Moment

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("killed_run.py")
SHOWN_LINES = 12


class Subject(Protocol):
    """What is killed: where it starts, how it is run again, and what is compared at its end."""

    @property
    def whole(self) -> bool:
        """Whether it is the whole bootstrap, not its migrations alone."""
        ...

    def fresh(self) -> AbstractContextManager[Tier]:
        """Give a database of one run's own."""
        ...

    def untouched(self, tier: Tier) -> bool:
        """Whether a killed run left every row as it was: the next run would find nothing but a fresh one."""
        ...

    def again(self, tier: Tier) -> None:
        """Run it to its end, in this process and undisturbed."""
        ...

    def state(self, tier: Tier) -> str:
        """Return all that must come out the same."""
        ...


@dataclass(kw_only=True)
class Runs:
    """A warm interpreter that forks for each run."""

    process: subprocess.Popen[str] = field(repr=False)
    fork: int = 0

    def run(self, order: Order) -> Report:
        """Let a fork do it; return how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        self.fork = int(self.process.stdout.readline())
        return json.loads(self.process.stdout.readline())

    def kill_fork(self) -> None:
        """Kill the run that another thread has asked for."""
        os.kill(self.fork, signal.SIGKILL)


@contextmanager
def killed_runs() -> Generator[Runs]:
    """Start the program; it ends with the block."""
    with subprocess.Popen(  # noqa: S603  this Python and a file beside this one
        [sys.executable, PROGRAM],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Runs(process=process)


@dataclass
class Tally:
    """What came of all kill points: `points` of `chosen` were tried, each of `differences` tells of one."""

    statements: list[str]
    chosen: int
    points: int = 0
    differences: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        return (
            f"{len(self.statements)} statements, {self.points} kill points, "
            f"{len(self.differences)} differences" + "".join(f"\n{text}" for text in self.differences)
        )


def kill_everywhere(runs: Runs, subject: Subject, *, moment: Moment) -> Tally:
    """Kill it at its statements in turn, run it again, compare with a run that nobody disturbed."""
    with subject.fresh() as tier:
        undisturbed = runs.run(order(tier, whole=subject.whole, number=0, moment=moment))
        assert not undisturbed["failure"], undisturbed["failure"]
        expected = subject.state(tier)
    sent = undisturbed["sent"]
    waiting = sampled(list(enumerate(sent, 1)), start=len(sent))
    tally = Tally(sent, chosen=len(waiting))
    while waiting:
        with subject.fresh() as tier:
            number, statement = _kill_until_touched(
                runs, subject, tier, moment=moment, waiting=waiting, tally=tally
            )
            found = _state_after_next_run(subject, tier)
        if found != expected:
            tally.differences.append(_difference(f"{moment} {number}: {statement[:90]}", expected, found))
    return tally


def _kill_until_touched(
    runs: Runs,
    subject: Subject,
    tier: Tier,
    *,
    moment: Moment,
    waiting: list[tuple[int, str]],
    tally: Tally,
) -> tuple[int, str]:
    """Use one database for as long as kills leave it as it was; return the last point tried."""
    while True:
        number, statement = waiting.pop(0)
        report = runs.run(order(tier, whole=subject.whole, number=number, moment=moment))
        tally.points += report["killed"]
        if not waiting or not subject.untouched(tier):
            return number, statement


def order(tier: Tier, *, whole: bool, number: int, moment: Moment) -> Order:
    """Ask for a run in this tier that dies at statement `number`, 0 for one that lives."""
    return {
        "whole": whole,
        "number": number,
        "moment": moment,
        "documents": {login: tier.document(login) for login in ("master", *LOGINS)},
        "migrations": str(tier.migrations),
        "ca_bundle": str(tier.database.server.ca_path),
    }


def _state_after_next_run(subject: Subject, tier: Tier) -> str:
    """The next run does not know that one was killed; its failure is a difference too."""
    try:
        subject.again(tier)
    except Exception as error:  # noqa: BLE001  whatever it is, it is reported with its kill point
        return f"{subject.state(tier)}\n{type(error).__name__}: {error}"
    return subject.state(tier)


def _difference(where: str, expected: str, found: str) -> str:
    changed = [
        line
        for line in difflib.unified_diff(expected.splitlines(), found.splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    return "\n  ".join([where, *changed[:SHOWN_LINES]])
