"""AWS::ECS::TaskDefinition: kept by the emulator; what a rehearsal cannot run is refused here, not later.

It counts as executed when a task of it has become healthy or has run to its end, as the ledger learns later.
"""

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import container_of, ephemeral_storage
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import ECS_DEFINITION_KEY, ECS_DEFINITIONS


class TaskDefinition(Emulated):
    """A task definition with one container."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Register a revision."""
        outcome = super().create(request, properties)
        return self._readable(request, outcome, properties.get("EphemeralStorage"))

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Register the next revision; tags alone change in place."""
        outcome = super().update(request, physical_id, old, new)
        return self._readable(request, outcome, new.get("EphemeralStorage"))

    def _readable(self, request: Request, outcome: Outcome, storage: Value) -> Outcome:
        key = str(self.workshop.emulator.call(ECS_DEFINITION_KEY, outcome.physical_id))
        row = self.workshop.emulator.store(ECS_DEFINITIONS)[key]
        try:
            container_of(row)
            if isinstance(storage, dict):
                row["ephemeralStorage"] = ephemeral_storage(storage.get("SizeInGiB"))
        except InvalidProperty as error:
            raise InvalidProperty(f"{request.logical_id}: {error}") from error
        return outcome
