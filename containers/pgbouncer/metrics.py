"""The pools' figures, sampled every second and published as CloudWatch metrics: what was highest in between.

It asks PgBouncer's console only, and costs PostgreSQL nothing.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from containers.pgbouncer.environment import Environment
from containers.pgbouncer.errors import ConsoleFailed
from lambdas.common.metrics import publish
from lambdas.common.pooler_console import Pool, Usage, usage_of

PRIMARY: Final = "primary"
REPLICAS: Final = "replicas"
_SAMPLE_SECONDS: Final = 1.0
_PER_CENT: Final = 100

Unit = Literal["None", "Count", "Percent", "Seconds"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One metric: its name, its value, and the pool that it is of, if it is of one."""

    name: str
    value: float
    unit: Unit
    pool: str | None = None


class Peaks:
    """The highest of each figure since they were last taken, the lowest of reachability. Pure."""

    def __init__(self, sizes: Mapping[str, int], databases: Mapping[str, str]) -> None:
        """`sizes` are the connections of each pool, `databases` its name in PgBouncer."""
        self._sizes = sizes
        self._databases = databases
        self._highest: dict[tuple[str, str], float] = {}
        self._reachable: dict[str, bool] = {}
        self._login_failures = 0

    def sample(self, pools: Sequence[Pool], reachable: Mapping[str, bool]) -> None:
        """Take a look into account; `reachable` is by the pool's name."""
        for name, database in self._databases.items():
            for figure, value in _values(usage_of(pools, database), self._sizes[name]).items():
                self._highest[figure, name] = max(value, self._highest.get((figure, name), 0))
        self.reach(reachable)

    def reach(self, reachable: Mapping[str, bool]) -> None:
        """Take into account who can be reached, without the rest."""
        for name, is_up in reachable.items():
            self._reachable[name] = is_up and self._reachable.get(name, True)

    def login_failed(self) -> None:
        """Count a refused login."""
        self._login_failures += 1

    def take(self) -> list[Figure]:
        """What was seen since the last time; without an answer of the console, reachability alone."""
        figures = [
            Figure(name=name, value=value, unit=_UNITS[name], pool=pool)
            for (name, pool), value in self._highest.items()
        ]
        figures += [
            Figure(name="PoolReachable", value=int(is_up), unit="None", pool=pool)
            for pool, is_up in self._reachable.items()
        ]
        figures.append(Figure(name="PoolLoginFailures", value=self._login_failures, unit="Count"))
        self._highest, self._reachable, self._login_failures = {}, {}, 0
        return figures


_UNITS: Final[Mapping[str, Unit]] = {
    "PoolUtilization": "Percent",
    "PoolClientsWaiting": "Count",
    "PoolLongestWait": "Seconds",
    "PoolClients": "Count",
    "PoolServerConnections": "Count",
}


def _values(usage: Usage, size: int) -> dict[str, float]:
    return {
        "PoolUtilization": _PER_CENT * usage.lent / size,
        "PoolClientsWaiting": usage.waiting,
        "PoolLongestWait": usage.longest_wait,
        "PoolClients": usage.clients,
        "PoolServerConnections": usage.servers,
    }


class Metrics:
    """Samples and publishes, in a thread of its own."""

    def __init__(
        self,
        environment: Environment,
        *,
        pools: Callable[[], Sequence[Pool]],
        reachable: Callable[[], Mapping[str, bool]],
    ) -> None:
        """`pools` asks the console and may raise ConsoleFailed."""
        sizes = environment.pool_sizes
        self._peaks = Peaks(
            {PRIMARY: sizes.primary, REPLICAS: sizes.replicas},
            {PRIMARY: environment.database, REPLICAS: environment.read_database},
        )
        self._lock = threading.Lock()
        self._seconds = environment.metrics_seconds
        self._namespace = environment.metrics_namespace
        self._pools = pools
        self._reachable = reachable
        self._stopped = threading.Event()

    def login_failed(self) -> None:
        """Count a refused login; from any thread."""
        with self._lock:
            self._peaks.login_failed()

    def run(self) -> None:
        """Work until stopped, and publish what is left then."""
        due = time.monotonic() + self._seconds
        while not self._stopped.wait(_SAMPLE_SECONDS):
            self._sample()
            if time.monotonic() >= due:
                due += self._seconds
                self._publish()
        self._publish()

    def stop(self) -> None:
        """Have `run` return."""
        self._stopped.set()

    def _sample(self) -> None:
        reachable = self._reachable()
        try:
            pools = self._pools()
        except ConsoleFailed:  # health says so; here it is a gap
            with self._lock:
                self._peaks.reach(reachable)
            return
        with self._lock:
            self._peaks.sample(pools, reachable)

    def _publish(self) -> None:
        with self._lock:
            figures = self._peaks.take()
        for figure in figures:
            publish(
                figure.name,
                figure.value,
                unit=figure.unit,
                namespace=self._namespace,
                dimensions={} if figure.pool is None else {"Pool": figure.pool},
            )
        sys.stdout.flush()
