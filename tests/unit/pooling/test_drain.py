"""The end of a task, by the release of its PgBouncer."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.drain import drain
from containers.pgbouncer.errors import ConsoleFailed
from tests.integration.bootstrap.tier import RecordedLog
from tests.unit.pooling.cases import NEWEST, OLDEST

if TYPE_CHECKING:
    from containers.pgbouncer.version import Version


@dataclass
class Ending:
    """A PgBouncer with so many clients, of which one leaves each time that they are counted."""

    clients: int
    stubborn: bool = False
    signals: list[signal.Signals] = field(default_factory=list[signal.Signals])
    ended: bool = False
    killed: bool = False

    def signal(self, number: signal.Signals, /) -> None:
        self.signals.append(number)

    def wait(self, seconds: float, /) -> bool:
        if seconds > 0 and not self.stubborn:
            self.ended = True
        return self.ended

    def kill(self) -> None:
        self.killed = True

    def count(self) -> int:
        self.clients = max(self.clients - 1, 0)
        return self.clients


def end(pgbouncer: Ending, *, version: Version, seconds: float = 60, hurry: bool = False) -> tuple[int, str]:
    """Drain it; returns how many clients were cut off, and the log."""
    told, log = threading.Event(), RecordedLog()
    if hurry:
        told.set()
    left = drain(pgbouncer, version=version, clients=pgbouncer.count, seconds=seconds, hurry=told, log=log)
    return left, "\n".join(log.lines)


def test_a_new_release_refuses_new_clients_first_and_ends_when_all_have_left() -> None:
    pgbouncer = Ending(clients=3)
    assert end(pgbouncer, version=NEWEST)[0] == 0
    assert pgbouncer.signals == [signal.SIGTERM, signal.SIGTERM]


def test_an_old_release_is_told_only_when_all_have_left_and_the_log_says_what_it_cannot() -> None:
    pgbouncer = Ending(clients=3)
    left, log = end(pgbouncer, version=OLDEST)
    assert left == 0
    assert pgbouncer.signals == [signal.SIGTERM]
    assert "still takes new clients" in log


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_at_the_bound_clients_are_cut_off_and_counted(version: Version) -> None:
    left, log = end(Ending(clients=9), version=version, seconds=0)
    assert left == 8
    assert "clients are cut off" in log


def test_who_is_in_a_hurry_waits_for_nobody() -> None:
    assert end(Ending(clients=9), version=NEWEST, hurry=True)[0] == 8


def test_a_pgbouncer_that_does_not_end_is_killed() -> None:
    pgbouncer = Ending(clients=0, stubborn=True)
    end(pgbouncer, version=NEWEST)
    assert pgbouncer.killed


def test_a_console_that_is_gone_does_not_hold_the_end_up() -> None:
    pgbouncer = Ending(clients=1)

    def gone() -> int:
        raise ConsoleFailed("gone")

    drain(pgbouncer, version=NEWEST, clients=gone, seconds=0.1, hurry=threading.Event(), log=RecordedLog())
    assert pgbouncer.signals[-1] is signal.SIGTERM
