"""The end of a task: clients have DRAIN_SECONDS to leave, and nobody new comes.

PgBouncer does that itself since 1.23 (SIGTERM: it stops listening). An older one aborts every client on
SIGTERM, so the task waits in its place; it cannot refuse new clients meanwhile, and says so.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from containers.pgbouncer.errors import ConsoleFailed
from containers.pgbouncer.version import Version
from lambdas.common.logs import Log

WAITS_FOR_CLIENTS: Final = Version(1, 23)
"""Source: PgBouncer's changelog, 1.23.0 (SIGTERM is WAIT_FOR_CLIENTS)."""

_POLL_SECONDS: Final = 0.2
_END_SECONDS: Final = 5.0


class Running(Protocol):
    """PgBouncer as far as its end is concerned."""

    def signal(self, number: signal.Signals, /) -> None:
        """Send it a signal."""
        ...

    def wait(self, seconds: float, /) -> bool:
        """Whether it ends within the time."""
        ...

    def kill(self) -> None:
        """End it whatever it does."""
        ...


def drain(
    pgbouncer: Running,
    *,
    version: Version,
    clients: Callable[[], int],
    seconds: float,
    hurry: threading.Event,
    log: Log,
) -> int:
    """Wait for the clients and end PgBouncer; returns how many clients were cut off.

    `clients` counts them, and may raise ConsoleFailed; `hurry` ends the wait at once.
    """
    if version >= WAITS_FOR_CLIENTS:
        pgbouncer.signal(signal.SIGTERM)
    else:
        log.warning(
            "this PgBouncer still takes new clients while the task drains; the balancer sends none",
            version=str(version),
        )
    log.info("the task drains: clients have time to leave", seconds=seconds)
    left = _wait(pgbouncer, clients=clients, seconds=seconds, hurry=hurry)
    if left:
        log.warning("clients are cut off", clients=left)
    # A second SIGTERM, or the first that an older one is sent, ends it at once.
    pgbouncer.signal(signal.SIGTERM)
    if not pgbouncer.wait(_END_SECONDS):
        pgbouncer.kill()
    return left


def _wait(pgbouncer: Running, *, clients: Callable[[], int], seconds: float, hurry: threading.Event) -> int:
    deadline = time.monotonic() + seconds
    left = 0
    while not pgbouncer.wait(0):
        answered = True
        try:
            left = clients()
        except ConsoleFailed:
            answered = False  # it has just ended, or the bound comes
        if (answered and left == 0) or time.monotonic() >= deadline or hurry.wait(_POLL_SECONDS):
            return left
    return 0
