"""One task from its start to its end: all is checked, then PgBouncer runs, watched, until it is told to go.

Nothing listens for clients before all that it needs was found good.
"""

import signal
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType
from typing import Final

from containers.pgbouncer import authority, settings, version
from containers.pgbouncer.console import Console
from containers.pgbouncer.drain import drain
from containers.pgbouncer.environment import parse_environment
from containers.pgbouncer.errors import StartFailed
from containers.pgbouncer.health import HealthServer
from containers.pgbouncer.listening import require_free
from containers.pgbouncer.process import PgBouncer, ended
from containers.pgbouncer.task import Task
from lambdas.common.container_log import ContainerLog
from lambdas.common.errors import DatatierError

_POLL_SECONDS: Final = 0.1
_JOIN_SECONDS: Final = 3.0


def run(variables: Mapping[str, str], log: ContainerLog) -> None:
    """Be the task until it is told to end, and its clients have left.

    Raises:
        DatatierError: it could not start, or PgBouncer ended by itself.
    """
    ending = Ending()
    environment = parse_environment(variables)
    authority.require(environment.ca_bundle)
    found = version.of(environment.program)
    version.require(found, environment.minimum_version)
    left_out = settings.left_out(environment.settings, found)
    log.info(
        "PgBouncer was found", version=str(found), program=environment.program, settings_left_out=left_out
    )
    task = Task(environment, found, log)
    with ExitStack() as stack:
        require_free(environment.listen_address, environment.listen_port)
        server = HealthServer(environment.listen_address, environment.health_port, task.health)
        stack.callback(server.stop)
        task.prepare()
        if ending.asked.is_set():
            return
        pgbouncer = stack.enter_context(
            ended(PgBouncer(environment.program, task.directory.configuration, log=log, on_line=task.heard))
        )
        console = Console(environment.runtime_directory, environment.listen_port)
        stack.callback(console.close)
        server.start()
        pgbouncer.wait_until(console.databases)
        task.hold_if_down()
        with task.at_work():
            task.health.serve()
            log.info("clients are served", address=environment.listen_address, port=environment.listen_port)
            while not ending.asked.wait(_POLL_SECONDS):
                _require_alive(pgbouncer, task)
            task.health.drain()
            drain(
                pgbouncer,
                version=found,
                clients=console.clients,
                seconds=environment.drain_seconds,
                hurry=ending.hurry,
                log=log,
            )
    log.info("the task has ended")


class Ending:
    """SIGTERM asks the task to drain; a second one, or SIGINT, to end at once."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.hurry = threading.Event()
        signal.signal(signal.SIGTERM, self._heard)
        signal.signal(signal.SIGINT, self._heard)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self.asked.is_set() or number == signal.SIGINT:
            self.hurry.set()
        self.asked.set()


def _require_alive(pgbouncer: PgBouncer, task: Task) -> None:
    if (code := pgbouncer.exit_code) is not None:
        pgbouncer.wait(_JOIN_SECONDS)
        raise StartFailed(f"PgBouncer ended by itself with {code}: {pgbouncer.last_words}")
    if task.broken:
        raise DatatierError(task.broken)
