"""AWS::ECS::TaskDefinition: kept by the emulator; what a rehearsal cannot run is refused here, not later.

It counts as executed when a task of it has become healthy, which the ledger learns from the service.
"""

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import container_of
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import ECS_DEFINITION_KEY, ECS_DEFINITIONS


class TaskDefinition(Emulated):
    """A task definition with one container."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Register a revision."""
        return self._readable(request, super().create(request, properties))

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Register the next revision; tags alone change in place."""
        return self._readable(request, super().update(request, physical_id, old, new))

    def _readable(self, request: Request, outcome: Outcome) -> Outcome:
        key = str(self.workshop.emulator.call(ECS_DEFINITION_KEY, outcome.physical_id))
        try:
            container_of(self.workshop.emulator.store(ECS_DEFINITIONS)[key])
        except InvalidProperty as error:
            raise InvalidProperty(f"{request.logical_id}: {error}") from error
        return outcome
