"""Reads the secrets again when it is time, and has PgBouncer take over what changed."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from containers.pgbouncer.errors import ConsoleFailed
from containers.pgbouncer.pace import Pace
from containers.pgbouncer.refresh import Refreshed
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log


class Pass(Protocol):
    """One pass from the secrets to the files."""

    def run(self) -> Refreshed:
        """Make it. Raises DatatierError."""
        ...


class SecretsLoop:
    """Makes passes in a thread of its own; `reload` may raise ConsoleFailed."""

    def __init__(self, passes: Pass, *, beat_seconds: float, reload: Callable[[], None], log: Log) -> None:
        self._passes = passes
        self._reload = reload
        self._log = log
        self._pace = Pace(beat_seconds=beat_seconds, now=time.monotonic())
        self._wake = threading.Condition()
        self._stopped = False
        self._reload_owed = False
        self.undecided = False

    def ask(self) -> None:
        """Somebody has reason to believe that a secret has changed; from any thread."""
        with self._wake:
            self._pace.ask()
            self._wake.notify()

    def stop(self) -> None:
        """Have `run` return after the pass at hand."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def run(self) -> None:
        """Work until stopped."""
        while self._wait():
            changed = self._pass()
            with self._wake:
                self._pace.done(changed=changed, now=time.monotonic())

    def _wait(self) -> bool:
        with self._wake:
            while not self._stopped and (left := self._pace.due() - time.monotonic()) > 0:
                self._wake.wait(left)
            self._pace.begin()
            return not self._stopped

    def _pass(self) -> bool:
        try:
            done = self._passes.run()
        except DatatierError as error:
            self._log.warning("the secrets could not be written for PgBouncer", reason=str(error))
            return False
        self.undecided = bool(done.undecided)
        self._reload_owed = self._reload_owed or done.changed
        if self._reload_owed:
            try:
                self._reload()
                self._reload_owed = False
                self._log.info("PgBouncer has read its files again")
            except ConsoleFailed as error:
                self._log.warning("PgBouncer could not be told; the next pass does", reason=str(error))
        return done.changed
