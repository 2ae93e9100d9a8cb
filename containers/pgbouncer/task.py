"""What runs beside PgBouncer in a task, and how its parts are wired. It starts no PgBouncer and ends none."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final

from containers.pgbouncer import configuration
from containers.pgbouncer.console import Console
from containers.pgbouncer.environment import MONITOR, Environment
from containers.pgbouncer.failover import Failover
from containers.pgbouncer.files import CONFIGURATION, RuntimeDirectory
from containers.pgbouncer.health import Health
from containers.pgbouncer.metrics import PRIMARY, REPLICAS, Metrics
from containers.pgbouncer.reachability import Watch, Way
from containers.pgbouncer.refresh import Refresh, ask_primary
from containers.pgbouncer.routing import Routing
from containers.pgbouncer.secrets_loop import SecretsLoop
from containers.pgbouncer.signs import Line, Meaning
from containers.pgbouncer.stages import BoundedSecretsManager
from containers.pgbouncer.version import Version
from lambdas.common.logs import Log

_JOIN_SECONDS: Final = 3.0
_LOGIN_RETRY_SECONDS: Final = 15.0
"""PgBouncer's own default. Source: documentation, "Config", server_login_retry."""
_REFUSAL_SECONDS: Final = 3.0
"""How long a login that PostgreSQL refused explains lines that give no reason."""


class Task:
    """One task: its parts, for one environment and one release of PgBouncer."""

    def __init__(self, environment: Environment, found: Version, log: Log) -> None:
        self.environment = environment
        self.version = found
        self.log = log
        self.directory = RuntimeDirectory(environment.runtime_directory)
        self.health = Health(self._console().databases)
        self._refresh = Refresh(
            environment,
            directory=self.directory,
            stages=BoundedSecretsManager(),
            accepts=ask_primary(environment),
            log=log,
        )
        self._secrets = SecretsLoop(
            self._refresh,
            beat_seconds=environment.refresh_seconds,
            reload=self._console().reload,
            log=log,
        )
        self._routing = Routing(
            database=environment.database,
            read_database=environment.read_database,
            primary=environment.primary_host,
            replicas=environment.replica_hosts,
            reading_hosts=self._reading_hosts,
        )
        self._failover = Failover(
            routing=self._routing,
            read_database=environment.read_database,
            console=self._console(pausable=2),
            write=self._write,
            released=self._postgres_is_back,
            login_retry_seconds=_login_retry(environment),
            log=log,
        )
        self._metrics = Metrics(environment, pools=self._console().pools, reachable=self._reachable)
        hosts = dict.fromkeys((environment.primary_host, *environment.replica_hosts))
        self._watches = {host: Watch(self._way(host), self._failover.saw) for host in hosts}
        self._refused_at = float("-inf")
        self._broken: list[str] = []

    def prepare(self) -> None:
        """Write every file that PgBouncer needs. Raises DatatierError: something is not as it must be."""
        self._refresh.run()
        self._write(self._failover.prepare(self._watches))

    def heard(self, line: Line) -> None:
        """Take a line of PgBouncer's log into account; it comes in the thread that reads the log."""
        match line.meaning:
            case Meaning.CLIENT_REFUSED | Meaning.LOGIN_REFUSED:
                self._metrics.login_failed()
                self._secrets.ask()
                if line.meaning is Meaning.LOGIN_REFUSED:
                    self._refused_at = time.monotonic()
            case Meaning.UNREACHABLE:
                self._suspect(line, surely=True)
            case Meaning.FAILING if time.monotonic() - self._refused_at > _REFUSAL_SECONDS:
                self._suspect(line, surely=False)
            case _:
                pass

    def hold_if_down(self) -> None:
        """Have clients wait from the first on when PostgreSQL is not there at the start."""
        self._failover.act()

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Run the threads during the block."""
        loops: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
            ("secrets", self._secrets.run, self._secrets.stop),
            ("failover", self._failover.run, self._failover.stop),
            ("metrics", self._metrics.run, self._metrics.stop),
            *((f"watch-{host}", watch.run, watch.stop) for host, watch in self._watches.items()),
        ]
        threads = [
            threading.Thread(target=self._guarded, args=[name, run], name=name, daemon=True)
            for name, run, _ in loops
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for _, _, stop in loops:
                stop()
            for thread in threads:
                thread.join(_JOIN_SECONDS)

    @property
    def broken(self) -> str:
        """Why the task cannot go on, nothing while it can."""
        return "; ".join(self._broken)

    def _console(self, *, pausable: int = 0) -> Console:
        """A console for one thread."""
        return Console(self.environment.runtime_directory, self.environment.listen_port, pausable=pausable)

    def _way(self, host: str) -> Way:
        return Way(
            host=host, ca_bundle=self.environment.ca_bundle, secret=lambda: self._refresh.secret(MONITOR)
        )

    def _reading_hosts(self, replicas: tuple[str, ...]) -> tuple[str, ...]:
        return configuration.reading_hosts(self.environment, version=self.version, replicas=replicas)

    def _write(self, replicas: tuple[str, ...]) -> bool:
        text = configuration.render(self.environment, version=self.version, replicas=replicas)
        return self.directory.write(CONFIGURATION, text)

    def _suspect(self, line: Line, *, surely: bool) -> None:
        both = (self.environment.database, self.environment.read_database)
        for database in (line.database,) if line.database in both else both:
            self._failover.suspect(database, surely=surely)

    def _postgres_is_back(self) -> None:
        if self._secrets.undecided:
            self._secrets.ask()

    def _reachable(self) -> Mapping[str, bool]:
        return {
            PRIMARY: self._routing.primary_reachable(),
            REPLICAS: self._routing.replicas_reachable()
            if self.environment.replica_hosts
            else self._routing.primary_reachable(),
        }

    def _guarded(self, name: str, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001  whatever it is, a task without this part is not left running
            self._broken.append(f"the part {name} of the task has failed: {type(error).__name__}: {error}")


def _login_retry(environment: Environment) -> float:
    try:
        return float(environment.settings.get("server_login_retry", _LOGIN_RETRY_SECONDS))
    except ValueError:  # PgBouncer refuses to start with it, in words of its own
        return _LOGIN_RETRY_SECONDS
