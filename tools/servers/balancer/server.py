"""A balancer as a local server: started in its folder, told what to do, asked what it sees."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from tools.servers.addresses import free_address
from tools.servers.balancer.configuration import (
    CONFIGURATION,
    REPORT,
    Configuration,
    Report,
    read_configuration,
    read_report,
)
from tools.servers.errors import StartFailed
from tools.servers.processes import POLL_SECONDS
from tools.servers.program import Program, ProgramIdentity
from tools.servers.server import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.servers.balancer.configuration import Group, Listener

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 30.0


class LoadBalancer(Program):
    """One load balancer on an address of its own."""

    kind: ClassVar[str] = "NLB"

    def __init__(self, directory: Path, identity: ProgramIdentity) -> None:
        super().__init__(directory, identity)
        self._telling = threading.Lock()

    @classmethod
    def create(cls, *, directory: Path, identifier: str) -> Self:
        """Start one that listens on nothing yet. Raises StartFailed."""
        host, _ = free_address()
        balancer = cls(directory, ProgramIdentity(identifier=identifier, host=host, port=0))
        balancer.settle()
        write_private(balancer.directory / CONFIGURATION, Configuration().text())
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        process = balancer.launch(
            [sys.executable, "-m", "tools.servers.balancer", host],
            environment=environment,
            lend_account=False,
        )
        deadline = time.monotonic() + START_SECONDS
        while balancer.report.generation < 0:
            if process.poll() is not None or time.monotonic() > deadline:
                failed = StartFailed.from_log(f"the load balancer '{identifier}'", balancer.log)
                balancer.destroy()
                raise failed
            time.sleep(POLL_SECONDS)
        return balancer

    @property
    def port(self) -> int:
        """The first port that it was told to listen on, 0 when none."""
        try:
            told = read_configuration((self.directory / CONFIGURATION).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0
        return min((listener.port for listener in told.listeners), default=0)

    @property
    def report(self) -> Report:
        """What it sees."""
        try:
            return read_report((self.directory / REPORT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Report()

    def tell(self, *, listeners: Sequence[Listener], groups: dict[str, Group]) -> Report:
        """Put a configuration in force and return the first report after it. Raises StartFailed."""
        with self._telling:
            generation = max(self.report.generation, 0) + 1
            told = Configuration(generation=generation, listeners=tuple(listeners), groups=groups)
            write_private(self.directory / CONFIGURATION, told.text())
            deadline = time.monotonic() + START_SECONDS
            while (report := self.report).generation < generation:
                if time.monotonic() > deadline or not self.is_running():
                    raise StartFailed.from_log(f"the load balancer '{self.identifier}'", self.log)
                time.sleep(POLL_SECONDS)
            return report
