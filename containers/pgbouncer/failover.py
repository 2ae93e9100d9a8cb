"""Rides out a failover: clients wait while PostgreSQL cannot be reached, and reads go to healthy replicas.

It does what `routing` decides, through PgBouncer's console, and decides nothing itself.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, Protocol

from containers.pgbouncer.errors import ConsoleFailed
from containers.pgbouncer.reachability import Sighting, State, Watch
from containers.pgbouncer.routing import Route, Routing
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log

_TICK_SECONDS: Final = 0.5
_ECHO_SECONDS: Final = 1.0
"""So long after a pause PgBouncer may still tell clients of a login that failed before it, or by it."""
_MARGIN_SECONDS: Final = 0.1
_OLD_ADDRESS_SECONDS: Final = 6.0
"""PgBouncer believes an address for five seconds (dns_max_ttl in `configuration`)."""


class Pooler(Protocol):
    """What is done to PgBouncer. Each raises ConsoleFailed."""

    def ready(self) -> None:
        """Prepare for a pause."""
        ...

    def pause(self, database: str) -> None:
        """Have the clients of a database wait."""
        ...

    def resume(self, database: str) -> None:
        """Let them go on."""
        ...

    def reload(self) -> None:
        """Have the files read again."""
        ...


class Failover:
    """Gathers sightings and suspicions from other threads, and acts on them in one of its own."""

    def __init__(
        self,
        *,
        routing: Routing,
        read_database: str,
        console: Pooler,
        write: Callable[[tuple[str, ...]], object],
        released: Callable[[], None],
        login_retry_seconds: float,
        log: Log,
    ) -> None:
        """`write` writes the configuration for healthy replicas.

        `released` is called when clients go on after they had to wait. `login_retry_seconds` is PgBouncer's
        server_login_retry: let go on before, clients are refused until it is over.
        """
        self._routing = routing
        self._read_database = read_database
        self._console = console
        self._write = write
        self._released = released
        self._log = log
        self._events: queue.SimpleQueue[Sighting | str | None] = queue.SimpleQueue()
        self._watches: Mapping[str, Watch] = {}
        self._done = Route(held=frozenset(), replicas=(), reads=())
        self._least_seconds = login_retry_seconds + _MARGIN_SECONDS
        self._held_at: dict[str, float] = {}
        self._wait_until: dict[str, float] = {}
        self._addresses: dict[str, str] = {}
        self._tick = _TICK_SECONDS
        self._released_at = float("-inf")
        self._stopped = threading.Event()

    def prepare(self, watches: Mapping[str, Watch]) -> tuple[str, ...]:
        """Look at every server once, at the same time; returns the replicas that are healthy at the start."""
        self._watches = watches
        with ThreadPoolExecutor(max_workers=len(watches)) as looks:  # an outage is waited for once
            found = list(looks.map(Watch.first, watches.values()))
        now = time.monotonic()
        for sighting in found:
            self._take(sighting, now)
        self._done = replace(self._routing.route(now=now), held=frozenset())
        return self._done.replicas

    def saw(self, sighting: Sighting) -> None:
        """Take a sighting, from any thread."""
        self._events.put(sighting)

    def suspect(self, database: str, *, surely: bool) -> None:
        """PgBouncer could not get to PostgreSQL for a database; from any thread.

        Not `surely`: it may be an echo of the pause itself, and is not heeded right after one.
        """
        echo = not surely and time.monotonic() - self._released_at < _ECHO_SECONDS
        if database not in self._done.held and not echo:
            self._events.put(database)

    def stop(self) -> None:
        """Have `run` return; whoever waits goes on waiting."""
        self._stopped.set()
        self._events.put(None)

    def run(self) -> None:
        """Act until stopped."""
        while not self._stopped.is_set():
            self.work()

    def work(self) -> None:
        """Wait for what happens next, for a moment, and act on it."""
        self._take_all()
        self.act()

    def _take_all(self) -> None:
        try:
            self._take(self._events.get(timeout=self._tick), time.monotonic())
            while True:
                self._take(self._events.get_nowait(), time.monotonic())
        except queue.Empty:
            return

    def _take(self, event: Sighting | str | None, now: float) -> None:
        if isinstance(event, Sighting):
            before = self._routing.states.get(event.host)
            self._routing.saw(event, now=now)
            if event.state is not before:
                self._say(event)
            if event.address and event.address != self._addresses.setdefault(event.host, event.address):
                self._addresses[event.host] = event.address
                self._log.info("a server has another address", host=event.host, address=event.address)
                for database in self._done.held:  # no address is looked up while it is paused
                    self._wait_until[database] = self._held_at[database] + _OLD_ADDRESS_SECONDS
        elif event is not None:
            for host in self._routing.suspect(event, now=now):
                self._watches[host].look_again()

    def act(self) -> None:
        """Do what follows from what is known."""
        wanted = self._routing.route(now=time.monotonic())
        try:
            for database in sorted(wanted.held - self._done.held):
                self._pause(database)
                self._log.warning("PostgreSQL cannot be reached: clients wait", database=database)
            if wanted.reads != self._done.reads:
                self._lead_reads(wanted)
            self._let_go_on(self._done.held - wanted.held)
            if not self._done.held:
                self._console.ready()
        except ConsoleFailed as error:
            self._log.warning("the pooler could not be told; it will be in a moment", reason=str(error))
        except DatatierError as error:
            self._log.warning("the configuration could not be written", reason=str(error))

    def _pause(self, database: str) -> None:
        self._console.pause(database)
        self._held_at[database] = time.monotonic()
        self._wait_until[database] = self._held_at[database] + self._least_seconds
        self._done = replace(self._done, held=self._done.held | {database})

    def _let_go_on(self, databases: frozenset[str]) -> None:
        self._tick = _TICK_SECONDS
        for database in sorted(databases):
            left = self._wait_until[database] - time.monotonic()
            if left > 0:
                self._tick = min(self._tick, left)
                continue
            self._console.resume(database)
            self._released_at = time.monotonic()
            self._done = replace(self._done, held=self._done.held - {database})
            self._log.info("clients go on", database=database)
            self._released()

    def _lead_reads(self, wanted: Route) -> None:
        """Reads wait while their hosts change, or a host that is gone would fail them meanwhile."""
        gone = set(self._done.reads) & (set(self._done.replicas) - set(wanted.replicas))
        waits = self._read_database in self._done.held | wanted.held
        if gone and not waits:
            self._pause(self._read_database)
        self._write(wanted.replicas)
        self._console.reload()  # though the file may hold that already: it may not have been heard
        self._done = replace(wanted, held=self._done.held)
        self._log.info("reads go to other servers", hosts=wanted.reads)

    def _say(self, sighting: Sighting) -> None:
        facts = {"host": sighting.host, "is": sighting.state.name, "reason": sighting.reason}
        if sighting.state in {State.PRIMARY, State.REPLICA}:
            self._log.info("a server was seen", **facts)
        else:
            self._log.warning("a server was seen", **facts)
