"""Standalone tasks: what RunTask starts, which run by themselves until they end or StopTask ends them.

Each is looked after by a thread of its own. Never starts one again: that is for whoever ran it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from tools.rehearsal.errors import InvalidProperty, RehearsalError
from tools.rehearsal.fargate.definition import Container, container_of
from tools.rehearsal.fargate.machine import Machine, Started
from tools.rehearsal.fargate.member import exit_code_of
from tools.rehearsal.fargate.task_events import state_change
from tools.rehearsal.fargate.task_record import StopCode, TaskRecord
from tools.rehearsal.seams import (
    ECS_ACTIONS,
    ECS_CLUSTER_NAME,
    ECS_CLUSTERS,
    ECS_COUNT,
    ECS_DEFINITION_KEY,
    ECS_DEFINITIONS,
    ECS_RUN_TASK,
    PUT_EVENTS,
    Emulator,
    Record,
)
from tools.rehearsal.services.answers import INVALID_PARAMETER, REFUSED, Answer, Operation, Refused, document
from tools.servers.errors import ServerError

POLL_SECONDS = 0.1
EXITED = "Essential container in task exited"
NO_NETWORK = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
CLIENT = "ClientException"
MOST_TASKS = 10
"""Source: ECS API, RunTask, count."""

Witness = Callable[..., None]
"""`Workshop.took_effect`."""


@dataclass(kw_only=True)
class Standalone:
    """What RunTask does."""

    emulator: Emulator
    machine: Machine
    witness: Witness
    _record: Operation = field(init=False)

    def __post_init__(self) -> None:
        """Keep the emulator's own operation, which makes the records."""
        self._record = cast("Operation", self.emulator.function(ECS_RUN_TASK))

    def run(self, data: Record) -> Answer:
        """Start tasks as RunTask does: those that cannot start are stopped ones. Raises Refused."""
        if data.get("_deploymentId") is not None:  # the scheduler of a service looks after its own tasks
            return self._record(data)
        container = self._container(data)
        group = data.get("group") or f"family:{container.family}"
        made = self._record({**data, "group": group})
        if made[0] >= REFUSED:
            return made
        arns = [str(one["taskArn"]) for one in cast("list[Record]", document(made)["tasks"])]
        for arn in arns:
            TaskRecord(emulator=self.emulator, arn=arn).pend()
        describe = cast("Operation", self.emulator.store(ECS_ACTIONS)["DescribeTasks"])
        answer = describe({"cluster": data.get("cluster", ""), "tasks": arns})
        for arn in arns:
            self._look_after(arn, container)
        return answer

    def _container(self, data: Record) -> Container:
        """Return what is to run. Raises Refused, with the codes that ECS has for it."""
        cluster = str(data.get("cluster") or "default")
        if self.emulator.call(ECS_CLUSTER_NAME, cluster) not in self.emulator.store(ECS_CLUSTERS):
            raise Refused("ClusterNotFoundException", "Cluster not found.")
        named = str(data.get("taskDefinition", ""))
        key = self.emulator.call(ECS_DEFINITION_KEY, named)
        definition = self.emulator.store(ECS_DEFINITIONS).get(str(key))
        if definition is None:
            raise Refused(CLIENT, f"Unable to find task definition: {named}")
        if definition.get("status") != "ACTIVE":
            raise Refused(CLIENT, "TaskDefinition is inactive")
        if definition.get("networkMode") == "awsvpc" and not data.get("networkConfiguration"):
            raise Refused(INVALID_PARAMETER, NO_NETWORK)
        count = str(data.get("count") or 1)
        if not count.isdecimal() or not 1 <= int(count) <= MOST_TASKS:
            raise Refused(INVALID_PARAMETER, f"count is {count}, and should be from 1 to {MOST_TASKS}")
        try:
            container = container_of(definition)
        except InvalidProperty as error:
            raise Refused(CLIENT, str(error)) from error
        try:
            return container.overridden(cast("Record", data.get("overrides") or {}))
        except InvalidProperty as error:
            raise Refused(INVALID_PARAMETER, str(error)) from error

    def _look_after(self, arn: str, container: Container) -> None:
        scope = self.emulator.scope(account=self.emulator.account, region=self.emulator.region)
        record = TaskRecord(emulator=self.emulator, arn=arn)

        def work() -> None:
            with scope:
                self._work(record, container)

        threading.Thread(target=work, name=f"task-{arn.rpartition('/')[2][:8]}", daemon=True).start()

    def _work(self, record: TaskRecord, container: Container) -> None:
        try:
            started = self.machine.start(container, record.arn)
        except (RehearsalError, ServerError, OSError) as error:
            self._ended(record, f"TaskFailedToStart: {error}", "TaskFailedToStart", None)
            return
        record.place(started.task.host)
        self._tell(record)
        while started.process.poll() is None and record.stop_asked is None:
            started.output.hand_on()
            time.sleep(POLL_SECONDS)
        asked = record.stop_asked if started.process.poll() is None else None
        reason = EXITED if asked is None else asked
        code: StopCode = "EssentialContainerExited" if asked is None else "UserInitiated"
        record.stopping(reason, code)
        started.task.stop(grace_seconds=container.stop_seconds)
        started.output.hand_on(to_the_end=True)
        started.task.destroy()
        exit_code = exit_code_of(started.process)
        if exit_code == 0:
            self._ran(record, container, started)
        self._ended(record, reason, code, exit_code)

    def _ended(self, record: TaskRecord, reason: str, code: StopCode, exit_code: int | None) -> None:
        record.end(reason, code, exit_code=exit_code)
        self.emulator.call(ECS_COUNT, str(record.row.get("clusterArn")).rpartition("/")[2])
        self._tell(record)

    def _tell(self, record: TaskRecord) -> None:
        event = state_change(record.row)
        self.emulator.call(PUT_EVENTS, {"Entries": [event]}, True)  # noqa: FBT003  # an event of AWS's own

    def _ran(self, record: TaskRecord, container: Container, started: Started) -> None:
        """Note what a task proves that has done its work."""
        row, where = record.row, f"{started.task.identifier} to its end"
        definition, cluster = str(row.get("taskDefinitionArn")), str(row.get("clusterArn"))
        mounted = ("Volumes",) if container.mounts else ()
        self.witness(
            "AWS::ECS::TaskDefinition", definition, f"ran {where}", "ContainerDefinitions", "Family", *mounted
        )
        self.witness("AWS::ECS::Cluster", cluster.rpartition("/")[2], f"ran {where}", "ClusterName")
