"""AWS::RDS::DBParameterGroup: its values go to every instance that uses it, live where PostgreSQL allows it.

A value that PostgreSQL refuses fails the update, with the parameter's name. Restarts nothing: as on RDS, a
static parameter waits for a reboot.
"""

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import RDS_INSTANCES
from tools.rehearsal.workshop import Workshop
from tools.servers.binaries import POSTGRES_MAJOR
from tools.servers.postgres import PostgresServer

TYPE = "AWS::RDS::DBParameterGroup"


class DatabaseParameterGroup(Emulated):
    """A parameter group for PostgreSQL instances."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Keep the values for the instances to come."""
        family = f"postgres{POSTGRES_MAJOR}"
        if properties.get("Family") != family:
            raise InvalidProperty(
                f"{request.logical_id}: Family is {properties.get('Family')}; only {family} runs here"
            )
        outcome = super().create(request, properties)
        self.workshop.region.database_parameters[outcome.physical_id] = parameters_of(properties)
        return outcome

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Put changed values in force on every instance that uses the group."""
        region = self.workshop.region
        for identifier, group in region.database_groups.items():
            if group == physical_id:
                put_in_force(self.workshop, identifier, physical_id, parameters_of(new))
        region.database_parameters[physical_id] = parameters_of(new)
        return super().update(request, physical_id, old, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Forget the group."""
        self.workshop.region.database_parameters.pop(physical_id, None)
        super().delete(physical_id, properties)


def parameters_of(properties: Properties) -> dict[str, str]:
    """Return a group's parameters as RDS writes them: booleans become 1 and 0."""
    parameters = properties.get("Parameters")
    if not isinstance(parameters, dict):
        return {}
    return {
        name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in parameters.items()
    }


def put_in_force(workshop: Workshop, identifier: str, group: str, parameters: dict[str, str]) -> None:
    """Apply a group to a running instance and note which parameters wait for a reboot, as RDS shows them."""
    server = PostgresServer.open(workshop.directory("postgres", identifier))
    waiting = server.apply_parameters(parameters)
    record = workshop.emulator.store(RDS_INSTANCES).get(identifier)
    if record is not None:
        status = "pending-reboot" if waiting else "in-sync"
        record["DBParameterGroups"] = [{"DBParameterGroupName": group, "ParameterApplyStatus": status}]
    later = f"; waiting for a reboot: {', '.join(waiting)}" if waiting else ""
    workshop.took_effect(TYPE, group, f"reloaded {identifier}{later}", "Parameters", "Family")
