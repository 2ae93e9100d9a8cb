"""Applications at work while credentials rotate: each counts what it did and every failure that it saw."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import psycopg
import redis

from docs.examples import postgres_client, redis_client
from docs.examples.secret_cache import SecretCache
from lambdas.common.errors import DatatierError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

PAUSE_SECONDS = 0.02
BUSY_SECONDS = 0.5
POOL_SIZE = 3
POOL_LIFETIME_SECONDS = 1.0


@dataclass
class Tally:
    """Operations that succeeded, and the messages of those that failed."""

    done: int = 0
    failures: list[str] = field(default_factory=list[str])


@dataclass
class Application:
    """One client in a thread: how it connects, what it asks, and its tally.

    `read` fetches its secret; `cache_seconds` is how long it keeps it, so how late it sees a rotation.
    `through` is where else than its secret says it connects, in libpq's words. Whoever holds `turn` holds it
    up between two operations.
    """

    name: str
    read: Callable[[], str]
    query: str
    host: str
    ca_path: str
    cache_seconds: float
    tally: Tally = field(default_factory=Tally)
    through: Mapping[str, str] = field(default_factory=dict[str, str])
    turn: threading.Lock = field(default_factory=threading.Lock)

    def work(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        raise NotImplementedError

    def connected(self) -> psycopg.Connection:
        """Connect as the documented example does; a refusal counts although it is tried again."""
        connection = postgres_client.connect(
            self.secret,
            host=self.host,
            sslrootcert=self.ca_path,
            application_name=self.name,
            **self.through,
        )
        if self.through:
            connection.prepare_threshold = None  # a PgBouncer before 1.21 does not follow prepared statements
        return connection

    def __post_init__(self) -> None:
        self.secret = _CountedCache(self.read, seconds=self.cache_seconds, tally=self.tally)

    @contextmanager
    def counted(self) -> Generator[None]:
        """Count what happens in the block."""
        with self.turn:
            try:
                yield
            except (psycopg.Error, redis.RedisError, DatatierError) as error:
                self.tally.failures.append(str(error).strip())
            else:
                self.tally.done += 1


class ConnectionPerQuery(Application):
    """Connects for each query."""

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with self.counted(), self.connected() as connection:
                connection.execute(self.query.encode())
            stop.wait(PAUSE_SECONDS)


class Pooled(Application):
    """Keeps connections, and replaces each when it is old."""

    def work(self, stop: threading.Event) -> None:
        pool: list[tuple[psycopg.Connection, float]] = []
        while not stop.is_set():
            with self.counted():
                if len(pool) < POOL_SIZE:
                    pool.append((self.connected(), time.monotonic() + POOL_LIFETIME_SECONDS))
                connection, expires = pool.pop(0)
                connection.execute(self.query.encode())
                if time.monotonic() < expires:
                    pool.append((connection, expires))
                else:
                    connection.close()
            stop.wait(PAUSE_SECONDS)
        for connection, _ in pool:
            connection.close()


class IdleThenBusy(Application):
    """Sleeps longer than rotations are apart, then works as if nothing had happened."""

    idle_seconds: ClassVar[float] = 2.0

    def work(self, stop: threading.Event) -> None:
        while not stop.wait(self.idle_seconds):
            end = time.monotonic() + BUSY_SECONDS
            while time.monotonic() < end and not stop.is_set():
                with self.counted(), self.connected() as connection:
                    connection.execute(self.query.encode())


class RedisConnectionPerCommand(Application):
    """Connects to Redis for each command; `query` is a key that it sets."""

    port: int

    def client(self) -> redis.Redis:
        """Connect as the documented example does."""
        return redis_client.connect(self.secret, host=self.host, port=self.port, ssl_ca_certs=self.ca_path)

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with self.counted(), self.client() as client:
                client.set(self.query, "x")
            stop.wait(PAUSE_SECONDS)


class RedisPersistent(RedisConnectionPerCommand):
    """Keeps its connection, and makes another now and then."""

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            end = time.monotonic() + POOL_LIFETIME_SECONDS
            with self.counted(), self.client() as client:
                while time.monotonic() < end and not stop.is_set():
                    client.set(self.query, "x")
                    self.tally.done += 1
                    stop.wait(PAUSE_SECONDS)


class _CountedCache(SecretCache):
    """Counts the refused connections that the example hides: it tries again with a newer secret."""

    def __init__(self, read: Callable[[], str], *, seconds: float, tally: Tally) -> None:
        super().__init__(read, seconds=seconds)
        self._tally = tally

    def newer(self, refused: dict[str, str]) -> dict[str, str] | None:
        self._tally.failures.append("a connection was refused")
        return super().newer(refused)


@contextmanager
def at_work(applications: list[Application]) -> Generator[None]:
    """Let them work during the block."""
    stop = threading.Event()
    threads = [threading.Thread(target=application.work, args=[stop]) for application in applications]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def settle(applications: list[Application]) -> None:
    """Return when each has done something more."""
    deadline = time.monotonic() + 60
    before = [application.tally.done for application in applications]
    while any(one.tally.done == was for one, was in zip(applications, before, strict=True)):
        assert time.monotonic() < deadline, [application.tally for application in applications]
        time.sleep(PAUSE_SECONDS)
