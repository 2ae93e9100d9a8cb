"""AWS::ECS::Service: its tasks run as processes, and it is created when all of them are healthy.

An update starts the new tasks first and drains the old ones. Three tasks in a row that fail end a deployment,
whatever the circuit breaker is set to: here nobody waits three hours for the same.
"""

from contextlib import suppress
from dataclasses import replace

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.records import ServiceRecord
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import LISTENERS

FARGATE = "FARGATE"
HONOURED = ("Cluster", "ServiceName", "TaskDefinition", "DesiredCount", "LoadBalancers", "ServiceRegistries")
LATER = ("DeploymentConfiguration", "HealthCheckGracePeriodSeconds")


class EcsService(Emulated):
    """A service on Fargate."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Start the tasks and wait until they are healthy."""
        self._check(request, properties)
        outcome = super().create(request, properties)
        record = self._complete(outcome, properties)
        try:
            self.workshop.fargate.wait(record.key)
        except InvalidProperty:
            self.delete(outcome.physical_id, properties)  # a service that was never there leaves nothing
            raise
        return self._ran(outcome, record, properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Replace the tasks step by step and wait until the new ones are healthy."""
        if self.replaces(physical_id, "", old, new):
            return self.create(request, new)
        self._check(request, new)
        outcome = super().update(request, physical_id, old, new)
        record = self._complete(outcome, new)
        try:
            self.workshop.fargate.wait(record.key)
        except InvalidProperty:
            self._go_back(request, physical_id, old, new)
            raise
        return self._ran(outcome, record, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop the tasks, each in its own time."""
        super().delete(physical_id, properties)
        self.workshop.fargate.wait_until_gone(_key(physical_id))

    def _go_back(self, request: Request, physical_id: str, old: Properties, new: Properties) -> None:
        """Want again what was wanted before, as ECS' circuit breaker does and the emulator does not."""
        record = self._complete(super().update(request, physical_id, new, old), old)
        with suppress(InvalidProperty):  # what fails now is not what a person is told
            self.workshop.fargate.wait(record.key)

    def _check(self, request: Request, properties: Properties) -> None:
        if properties.get("LaunchType", FARGATE) != FARGATE:
            raise InvalidProperty(f"{request.logical_id}: LaunchType: only {FARGATE} runs here")
        listeners = list(self.workshop.emulator.store(LISTENERS).values())
        for one in _records(properties.get("LoadBalancers")):
            group = one.get("TargetGroupArn")
            if not any(str(group) in str(listener.get("DefaultActions")) for listener in listeners):
                raise InvalidProperty(
                    f"{request.logical_id}: the target group {group} has no listener: "
                    "let the service depend on one"
                )

    def _complete(self, outcome: Outcome, properties: Properties) -> ServiceRecord:
        """Add to the record what the emulator's handler leaves out."""
        record = ServiceRecord(self.workshop.emulator, _key(outcome.physical_id))
        record.row["serviceRegistries"] = [
            {"registryArn": one.get("RegistryArn")} for one in _records(properties.get("ServiceRegistries"))
        ]
        record.row["healthCheckGracePeriodSeconds"] = properties.get("HealthCheckGracePeriodSeconds") or 0
        return record

    def _ran(self, outcome: Outcome, record: ServiceRecord, properties: Properties) -> Outcome:
        for name in (*HONOURED, *LATER):
            properties.honour(name)
        return replace(
            outcome, evidence=(f"runs {record.wanted.desired} healthy tasks of {record.definition}",)
        )


def _key(physical_id: str) -> str:
    """Return the emulator's key of a service: its cluster's and its own name, the last parts of its ARN."""
    return "/".join(physical_id.split("/")[-2:])


def _records(value: Value) -> list[dict[str, Value]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
