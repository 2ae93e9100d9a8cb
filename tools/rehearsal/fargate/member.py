"""One running task of a service, from its start to its end: process, targets, name, output."""

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.rehearsal.fargate.balancers import Balancers
from tools.rehearsal.fargate.names import Names
from tools.rehearsal.fargate.output import Output
from tools.rehearsal.fargate.records import TargetOf
from tools.rehearsal.fargate.rollout import Phase
from tools.rehearsal.fargate.task import Task
from tools.servers.processes import POLL_SECONDS

if TYPE_CHECKING:
    import subprocess

SIGNALLED = 128


@dataclass(kw_only=True)
class Running:
    """A task. `generation` is the deployment that it was started for."""

    arn: str
    generation: tuple[str, int]
    task: Task
    process: "subprocess.Popen[bytes]"
    output: Output
    target_groups: list[TargetOf]
    registries: list[str]
    stop_seconds: float
    phase: Phase = "starting"
    named: bool = False
    reason: str = ""
    began: float = field(default_factory=time.monotonic)
    stopping: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The task's id."""
        return self.arn.rpartition("/")[2]

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.began

    @property
    def alive(self) -> bool:
        """Whether its first process runs."""
        return self.process.poll() is None

    def join(self, balancers: Balancers) -> None:
        """Become a target."""
        for one in self.target_groups:
            balancers.register(one.group, self.task.host, one.port)

    def look(self, balancers: Balancers, *, grace_seconds: float) -> str:
        """Find out how it is; return why it is unhealthy, nothing otherwise. One without balancer is well."""
        worst, why = "healthy", ""
        for one in self.target_groups:
            seen = balancers.seen(one.group, self.task.host, one.port)
            if seen is None or seen.state in {"initial", "draining"}:
                worst = "starting" if worst == "healthy" else worst
            elif seen.state == "unhealthy":
                worst, why = "unhealthy", f"{seen.reason} at port {one.port}"
        if worst == "healthy" or (worst == "unhealthy" and self.age > grace_seconds):
            self.phase = "healthy" if worst == "healthy" else "unhealthy"
        return why if self.phase == "unhealthy" else ""

    def take_name(self, names: Names) -> None:
        """Be found by name."""
        for service in [] if self.named else self.registries:
            names.register(service, self.name, self.task.host)
        self.named = True

    def drop_name(self, names: Names) -> None:
        """Be found no more."""
        for service in self.registries if self.named else []:
            names.deregister(service, self.name)
        self.named = False

    def turn_away(self, balancers: Balancers) -> None:
        """Get no more connections; those that there are go on."""
        for one in self.target_groups:
            balancers.drain(one.group, self.task.host, one.port)

    def wait_for_clients(self, balancers: Balancers) -> None:
        """Wait until the connections that there are have ended, at most the groups' deregistration delay.

        ECS waits for the whole delay; here nothing is won by waiting for nobody.
        """
        for one in self.target_groups:
            deadline = time.monotonic() + balancers.drain_seconds(one.group)
            while self.alive and time.monotonic() < deadline:
                seen = balancers.seen(one.group, self.task.host, one.port)
                if seen is None or not seen.connections:
                    break
                time.sleep(POLL_SECONDS)

    def leave(self, balancers: Balancers) -> None:
        """Be a target no more."""
        for one in self.target_groups:
            balancers.deregister(one.group, self.task.host, one.port)

    def end(self) -> int | None:
        """Stop what runs of it, remove its folder, and return its exit code."""
        self.task.stop(grace_seconds=self.stop_seconds)
        self.task.destroy()
        return self.exit_code

    @property
    def exit_code(self) -> int | None:
        """How its first process ended; None while it runs."""
        return exit_code_of(self.process)


def exit_code_of(process: "subprocess.Popen[bytes]") -> int | None:
    """Return how a process ended, by ECS' count: 128 and the signal's number; None while it runs."""
    code = process.poll()
    return code if code is None or code >= 0 else SIGNALLED - code
