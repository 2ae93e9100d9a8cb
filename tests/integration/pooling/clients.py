"""Clients at work on a pooler while something happens to PostgreSQL: what each did, and what failed when."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator

PAUSE_SECONDS = 0.05
IN_FLIGHT = ("terminating connection due to administrator command", "server conn crashed", "server closed")
"""What a client is told whose statement PostgreSQL was at work on."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """When a statement was sent, and what came of it; `at` is of `time.monotonic`."""

    at: float
    reason: str

    @property
    def was_in_flight(self) -> bool:
        """Whether PostgreSQL had the statement when it went."""
        return any(words in self.reason for words in IN_FLIGHT)


class Connects(Protocol):
    """What clients are let in by."""

    def connect(self, *, database: str, connect_timeout: int) -> psycopg.Connection:
        """Log in as an application. Raises psycopg.Error."""
        ...


@dataclass
class Clients:
    """Half of them connect for each statement, half keep their connection."""

    pooler: Connects
    database: str
    count: int
    query: str = "SELECT pg_sleep(0.005)"
    done: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    failures: list[Failure] = field(default_factory=list[Failure])
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Have them work during the block."""
        works = [self._connect_each_time, self._stay_connected]
        threads = [threading.Thread(target=works[number % 2]) for number in range(self.count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    @property
    def lost(self) -> list[Failure]:
        """Failures of statements that PostgreSQL did not have yet."""
        return [failure for failure in self.failures if not failure.was_in_flight]

    def finished_since(self, moment: float) -> int:
        """How many statements have succeeded since then."""
        return sum(ended >= moment for _, ended in list(self.done))

    def report(self, *, down_at: float, up_at: float) -> str:
        """What was counted, and how long after PostgreSQL was up the first statement succeeded."""
        waited = [ended - began for began, ended in self.done if began < up_at < ended]
        first = min((ended for _, ended in self.done if ended > up_at), default=float("inf"))
        flying = len(self.failures) - len(self.lost)
        reasons = sorted({failure.reason.splitlines()[0] for failure in self.lost})
        return (
            f"{len(self.done)} statements; {flying} in flight failed, {len(self.lost)} others {reasons}; "
            f"down for {up_at - down_at:.2f} s, {len(waited)} waited up to {max(waited, default=0):.2f} s; "
            f"first success {first - up_at:.3f} s after PostgreSQL was up"
        )

    def _connect_each_time(self) -> None:
        while not self.stop.wait(random.uniform(0, 2 * PAUSE_SECONDS)):  # noqa: S311  no secret
            self._counted(None)

    def _stay_connected(self) -> None:
        connection: psycopg.Connection | None = None
        while not self.stop.wait(random.uniform(0, 2 * PAUSE_SECONDS)):  # noqa: S311  no secret
            connection = self._counted(connection, keep=True)
        if connection is not None:
            connection.close()

    def _counted(
        self, connection: psycopg.Connection | None, *, keep: bool = False
    ) -> psycopg.Connection | None:
        began = time.monotonic()
        try:
            connection = connection or self.pooler.connect(database=self.database, connect_timeout=60)
            connection.execute(self.query.encode())
            self.done.append((began, time.monotonic()))
            if keep:
                return connection
        except psycopg.Error as error:
            self.failures.append(Failure(at=began, reason=str(error).strip()))
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()
        return None
