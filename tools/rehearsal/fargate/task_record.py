"""The emulator's record of one task: what DescribeTasks says of it, and when it is forgotten.

Works within the scope of the task's account and region, which the caller enters.
"""

import uuid
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from tools.rehearsal.seams import ECS_NOW, ECS_TASKS, Emulator, Record

KEPT_STOPPED = 10
"""How many stopped tasks of a group DescribeTasks still knows; ECS forgets them after an hour."""

StopCode: TypeAlias = Literal[
    "EssentialContainerExited", "ServiceSchedulerInitiated", "TaskFailedToStart", "UserInitiated"
]
"""Source: ECS API, Task, stopCode."""


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """One task, as the emulator keeps it."""

    emulator: Emulator
    arn: str

    @property
    def row(self) -> Record:
        """The record; empty once the task is forgotten."""
        return self.emulator.store(ECS_TASKS).get(self.arn, {})

    @property
    def stop_asked(self) -> str | None:
        """Why the API has asked for it to be stopped, None if it has not."""
        reason = self.row.get("_stop_asked")
        return None if reason is None else str(reason)

    def pend(self) -> None:
        """Say that it is about to start; the emulator's own record says that it runs."""
        self.row.update(lastStatus="PENDING", startedAt=None)
        for container in self._containers:
            container["lastStatus"] = "PENDING"

    def place(self, address: str) -> None:
        """Give it its network interface, and say that it runs."""
        row = self.row
        details = [{"name": "privateIPv4Address", "value": address}]
        row["attachments"] = [
            {
                "id": str(uuid.uuid4()),
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": details,
            }
        ]
        for container in self._containers:
            container.update(lastStatus="RUNNING", networkInterfaces=[{"privateIpv4Address": address}])
        row.update(lastStatus="RUNNING", startedAt=self.emulator.call(ECS_NOW))

    def heal(self, *, healthy: bool) -> None:
        """Say how it is."""
        self.row["healthStatus"] = "HEALTHY" if healthy else "UNHEALTHY"

    def stopping(self, reason: str, code: StopCode) -> None:
        """Say that it is being stopped."""
        row = self.row
        row.update(desiredStatus="STOPPED", lastStatus="DEACTIVATING", stoppedReason=reason, stopCode=code)
        row["stoppingAt"] = self.emulator.call(ECS_NOW)

    def end(self, reason: str, code: StopCode, *, exit_code: int | None) -> None:
        """Say that it has stopped, and forget the oldest of its group that had before."""
        for container in self._containers:
            container.update(lastStatus="STOPPED", exitCode=exit_code)
        row, now = self.row, self.emulator.call(ECS_NOW)
        row.update(executionStoppedAt=now, stoppedAt=now, stoppedReason=reason, stopCode=code)
        row.update(desiredStatus="STOPPED", lastStatus="STOPPED")  # last: who waits for it reads the rest
        tasks = self.emulator.store(ECS_TASKS)
        gone = [
            key
            for key, one in list(tasks.items())
            if one.get("group") == row.get("group") and one["lastStatus"] == "STOPPED"
        ]
        for key in gone[:-KEPT_STOPPED]:
            tasks.pop(key, None)

    @property
    def _containers(self) -> list[Record]:
        return cast("list[Record]", self.row.get("containers") or [])
