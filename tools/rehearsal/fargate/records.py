"""The emulator's record of a service: what DescribeServices says.

Every function works within the scope of one account and region, which the caller enters.
"""

import json
import math
import uuid
from dataclasses import dataclass
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import Container, container_of
from tools.rehearsal.fargate.rollout import Wanted
from tools.rehearsal.fargate.task_record import TaskRecord
from tools.rehearsal.seams import (
    ECS_COUNT,
    ECS_DEFINITION_KEY,
    ECS_DEFINITIONS,
    ECS_NOW,
    ECS_RUN_TASK,
    ECS_SERVICES,
    Emulator,
    Record,
)

REFUSED = 400


@dataclass(frozen=True, kw_only=True)
class TargetOf:
    """A load balancer's target group that a service's tasks join, and by which port."""

    group: str
    port: int


class ServiceRecord:
    """One service, as the emulator keeps it."""

    def __init__(self, emulator: Emulator, key: str) -> None:
        self.emulator = emulator
        self.key = key
        self.cluster, _, self.name = key.partition("/")

    @property
    def row(self) -> Record:
        """The record; empty once the service is forgotten."""
        return self.emulator.store(ECS_SERVICES).get(self.key, {})

    @property
    def active(self) -> bool:
        """Whether the service is to run."""
        return self.row.get("status") == "ACTIVE"

    @property
    def wanted(self) -> Wanted:
        """How many tasks there are to be."""
        if not self.active:
            return Wanted(desired=0, minimum_percent=0)
        deployment = cast("Record", self.row.get("deploymentConfiguration") or {})
        return Wanted(
            desired=int(str(self.row.get("desiredCount", 1))),
            minimum_percent=_percent(deployment.get("minimumHealthyPercent"), 100),
            maximum_percent=_percent(deployment.get("maximumPercent"), 200),
        )

    @property
    def definition(self) -> str:
        """The ARN of the wanted task definition: the deployment's, which an update changes in one step."""
        return str(self._primary.get("taskDefinition", ""))

    @property
    def deployment(self) -> str:
        """The id of the deployment that is wanted."""
        return str(self._primary.get("id", ""))

    @property
    def grace_seconds(self) -> float:
        """How long a task may be unhealthy after its start."""
        return float(str(self.row.get("healthCheckGracePeriodSeconds") or 0))

    @property
    def target_groups(self) -> list[TargetOf]:
        """What its tasks join."""
        rows = cast("list[Record]", self.row.get("loadBalancers") or [])
        return [
            TargetOf(group=str(one["targetGroupArn"]), port=int(str(one["containerPort"])))
            for one in rows
            if one.get("targetGroupArn")
        ]

    @property
    def registries(self) -> list[str]:
        """The ids of the Cloud Map services that name its tasks."""
        rows = cast("list[Record]", self.row.get("serviceRegistries") or [])
        return [str(one["registryArn"]).rpartition("/")[2] for one in rows if one.get("registryArn")]

    def container(self) -> Container:
        """Return the container of the wanted task definition. Raises InvalidProperty."""
        key = self.emulator.call(ECS_DEFINITION_KEY, self.definition)
        row = self.emulator.store(ECS_DEFINITIONS).get(str(key))
        if row is None:
            raise InvalidProperty(f"{self.name}: there is no task definition {self.definition}")
        return container_of(row)

    def count(self, running: int, pending: int) -> None:
        """Say how many tasks run, and how many are on their way."""
        self.row.update(runningCount=running, pendingCount=pending)
        self._primary.update(runningCount=running, pendingCount=pending)
        self.emulator.call(ECS_COUNT, self.cluster)

    def complete(self) -> None:
        """Say that the deployment has ended well, and forget the ones before it."""
        primary = self._primary
        if primary.get("rolloutState") != "COMPLETED" or len(self._deployments) > 1:
            primary.update(rolloutState="COMPLETED", rolloutStateReason="ECS deployment completed.")
            self.row["deployments"] = [primary]
            self.tell(f"(service {self.name}) has reached a steady state.")

    def fail(self, reason: str) -> None:
        """Say that the deployment has failed."""
        self._primary.update(rolloutState="FAILED", rolloutStateReason=reason)
        self.tell(f"(service {self.name}) (deployment {self.deployment}) deployment failed: {reason}")

    def tell(self, message: str) -> None:
        """Add an event, the newest first, as ECS keeps the last hundred."""
        events = cast("list[Record]", self.row.setdefault("events", []))
        moment = self.emulator.call(ECS_NOW)
        events.insert(0, {"id": str(uuid.uuid4()), "createdAt": moment, "message": message})
        del events[100:]

    def begin_task(self) -> str:
        """Make a task's record, pending, and return its ARN. Raises InvalidProperty."""
        asked: Record = {
            "cluster": self.cluster,
            "taskDefinition": self.definition,
            "count": 1,
            "group": f"service:{self.name}",
            "startedBy": self.deployment,
            "launchType": self.row.get("launchType"),
            "capacityProviderStrategy": self.row.get("capacityProviderStrategy"),
            "networkConfiguration": self.row.get("networkConfiguration"),
            "_deploymentId": self.deployment,
        }
        status, _, body = cast("tuple[int, object, bytes]", self.emulator.call(ECS_RUN_TASK, asked))
        document = cast("dict[str, list[dict[str, str]]]", json.loads(body))
        if status >= REFUSED:
            raise InvalidProperty(f"{self.name}: no task can be run: {document}")
        arn = document["tasks"][0]["taskArn"]
        self.task(arn).pend()
        return arn

    def task(self, arn: str) -> TaskRecord:
        """Return the record of one of its tasks."""
        return TaskRecord(emulator=self.emulator, arn=arn)

    @property
    def _deployments(self) -> list[Record]:
        return cast("list[Record]", self.row.get("deployments") or [])

    @property
    def _primary(self) -> Record:
        nothing: Record = {}
        return next((one for one in self._deployments if one.get("status") == "PRIMARY"), nothing)


def _percent(value: object, default: int) -> int:
    return default if value is None else math.floor(float(str(value)))
