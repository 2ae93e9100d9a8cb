"""AWS::ServiceDiscovery::PrivateDnsNamespace and Service: names that the Lambdas and tasks really resolve.

They count as executed when a task has been named by them, which its service notes. Health checks are not kept
apart: a task is named when it is healthy, and no longer.
"""

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties


class Named(Emulated):
    """A namespace or a service in one; each change goes into the tier's names."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create it."""
        outcome = super().create(request, properties)
        self.workshop.fargate.names.publish()
        return outcome

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change it."""
        outcome = super().update(request, physical_id, old, new)
        self.workshop.fargate.names.publish()
        return outcome

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        super().delete(physical_id, properties)
        self.workshop.fargate.names.publish()
