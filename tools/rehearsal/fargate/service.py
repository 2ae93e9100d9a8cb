"""The scheduler of one service: keeps the wanted tasks running, and replaces them step by step.

Decides nothing itself: `rollout` says what comes next. Ends when its service is deleted and no task is left.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from tools.rehearsal.errors import RehearsalError
from tools.rehearsal.fargate.balancers import Balancers
from tools.rehearsal.fargate.member import Running
from tools.rehearsal.fargate.names import Names
from tools.rehearsal.fargate.records import ServiceRecord
from tools.rehearsal.fargate.rollout import Member, next_step, pause_seconds, steady
from tools.rehearsal.fargate.task_record import StopCode
from tools.servers.errors import ServerError

PASS_SECONDS = 0.2
CANNOT = (RehearsalError, ServerError, OSError)
"""What starting a task can raise."""


class Start(Protocol):
    """What starts a task of a service for a deployment."""

    def __call__(self, record: ServiceRecord, generation: tuple[str, int]) -> Running:
        """Start it. Raises RehearsalError, ServerError."""
        ...


class Service:
    """One service. Its thread works within the scope of the service's account and region."""

    def __init__(
        self,
        *,
        record: ServiceRecord,
        balancers: Balancers,
        names: Names,
        start: Start,
        ran: Callable[[ServiceRecord, Running], None],
    ) -> None:
        self.record = record
        self.balancers = balancers
        self.names = names
        self.start = start
        self.ran = ran
        self.running: list[Running] = []
        self.failure = ""
        self._generation = ("", 0)
        self._deployment = ""
        self._failures = 0
        self._last_failure = 0.0
        self._steady = threading.Event()
        self._established = False
        self._waiting = False
        self._passing = threading.Lock()
        self._over = False

    def work(self) -> None:
        """Go on until the service is gone."""
        try:
            while self.record.active or self.running:
                with self._passing:
                    try:
                        self.pass_once()
                    except CANNOT as error:
                        self._count_failure(str(error))
                time.sleep(PASS_SECONDS)
        finally:
            self._over = True

    def wait(self) -> str:
        """Wait until the deployment at hand has ended; return why it failed, nothing when it has not."""
        with self._passing:
            self._follow()
            self._failures, self.failure, self._waiting = 0, "", True
            self._judge()
        while not (self._steady.is_set() or self.failure or self._over):
            time.sleep(PASS_SECONDS)
        self._waiting = False
        return self.failure or ("its scheduler has ended: see emulator.log" if self._over else "")

    def pass_once(self) -> None:
        """Look at every task once, and do what comes next."""
        self._follow()
        for one in list(self.running):
            self._look(one)
        step = next_step(self.record.wanted, self._members)
        for one in self.running:
            if one.name in step.stop:
                self._stop(one, one.reason or "Scaling activity initiated by the deployment")
        allowed = time.monotonic() >= self._last_failure + pause_seconds(self._failures)
        if step.start and allowed and not self.failure:
            self._start(step.start)
        self._judge()

    def _follow(self) -> None:
        """Take up a deployment that is new: another definition, or the same one forced anew."""
        deployment, definition = self.record.deployment, self.record.definition
        if deployment == self._deployment or not self.record.active:
            return
        same = definition == self._generation[0]
        self._generation = (definition, self._generation[1] + 1 if same and self._deployment else 0)
        self._deployment = deployment
        self._failures, self.failure = 0, ""
        self._established = False

    def _look(self, one: Running) -> None:
        one.output.hand_on()
        if one.phase == "stopping":
            if one.stopping and not one.stopping.is_alive():
                one.output.hand_on()
                self.running.remove(one)
            return
        asked = self.record.task(one.arn).stop_asked
        if not one.alive:
            why = f"its container exited with code {one.exit_code}"
            self._fail(one, why, "EssentialContainerExited")
        elif asked is not None:
            self._stop(one, asked, "UserInitiated")
        else:
            before = one.phase
            why = one.look(self.balancers, grace_seconds=self.record.grace_seconds)
            self.record.task(one.arn).heal(healthy=one.phase == "healthy")
            if one.phase == "healthy" and not one.named:
                one.take_name(self.names)
                self.ran(self.record, one)
            if one.phase == "healthy" and one.generation == self._generation:
                self._failures = 0
            if one.phase == "unhealthy" and before == "starting":
                self._fail(one, f"it failed the target group's health checks: {why}")
            elif one.phase == "unhealthy":
                one.reason = f"Task failed ELB health checks: {why}"

    def _start(self, count: int) -> None:
        for _ in range(count):
            try:
                one = self.start(self.record, self._generation)
                self.running.append(one)
                one.join(self.balancers)
            except CANNOT as error:
                self._count_failure(str(error))
                return

    def _fail(self, one: Running, why: str, code: StopCode = "ServiceSchedulerInitiated") -> None:
        """End a task that is dead or never became healthy."""
        was_new = one.phase != "healthy" and one.generation == self._generation
        words = one.task.last_words
        one.reason = why
        self._stop(one, why, code)
        if was_new:
            self._count_failure(f"task {one.name}: {why}; its last lines:\n{words}")
        else:
            self._last_failure = time.monotonic()
            self.record.tell(f"(service {self.record.name}) (task {one.name}): {why}")

    def _count_failure(self, why: str) -> None:
        self._failures += 1
        self._last_failure = time.monotonic()
        self.record.tell(f"(service {self.record.name}): {why}")
        if self._failures >= self.record.wanted.failures and (self._waiting or not self._established):
            self.failure = f"{self._failures} tasks in a row have failed; the last one: {why}"
            self.record.fail(self.failure)
            for one in self.running:  # the ones before stay, for the roll-back
                if one.generation == self._generation and one.phase != "stopping":
                    self._stop(one, "the deployment has failed")

    def _stop(self, one: Running, reason: str, code: StopCode = "ServiceSchedulerInitiated") -> None:
        if one.phase == "stopping":
            return
        one.phase = "stopping"
        one.drop_name(self.names)
        with suppress(ServerError):  # without a balancer there is nobody to turn away
            one.turn_away(self.balancers)
        self.record.task(one.arn).stopping(reason, code)
        emulator = self.record.emulator
        scope = emulator.scope(account=emulator.account, region=emulator.region)

        def stop() -> None:
            with scope:
                one.wait_for_clients(self.balancers)
                exit_code = one.end()
                with suppress(ServerError):
                    one.leave(self.balancers)
                self.record.task(one.arn).end(reason, code, exit_code=exit_code)

        one.stopping = threading.Thread(target=stop, name=f"stop-{one.name}", daemon=True)
        one.stopping.start()

    def _judge(self) -> None:
        members = self._members
        up = [member for member in members if member.phase == "healthy"]
        self.record.count(len(up), sum(member.phase == "starting" for member in members))
        if not steady(self.record.wanted, members):
            self._steady.clear()
            return
        if self.record.active:
            self.record.complete()
        self._established = True
        self._steady.set()

    @property
    def _members(self) -> list[Member]:
        return [
            Member(name=one.name, current=one.generation == self._generation, phase=one.phase)
            for one in self.running
        ]
