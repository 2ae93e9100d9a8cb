"""The types of AWS Backup that the emulator lacks: kept, and they never back anything up."""

import uuid
from dataclasses import replace

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties

PLAN = "AWS::Backup::RestoreTestingPlan"
NAMES = {
    PLAN: "RestoreTestingPlanName",
    "AWS::Backup::RestoreTestingSelection": "RestoreTestingSelectionName",
}


class KeptOfBackup(Emulated):
    """A selection, or a plan that tests restores."""

    def create(self, request: Request, properties: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Give it an id and keep what is asked for."""
        asked = dict(properties.items())
        emulator = self.workshop.emulator
        name = asked.get(NAMES.get(self.resource_type, ""))
        if self.resource_type == PLAN:
            arn = f"arn:aws:backup:{emulator.region}:{emulator.account}:restore-testing-plan:{name}"
            return Outcome(physical_id=str(name), attributes={"RestoreTestingPlanArn": arn})
        if name:
            return Outcome(physical_id=str(name), attributes={})
        selection, plan = str(uuid.uuid4()), asked.get("BackupPlanId")
        return Outcome(
            physical_id=f"{selection}_{plan}",
            attributes={"Id": f"{selection}_{plan}", "SelectionId": selection, "BackupPlanId": plan},
        )

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Keep what is asked for now."""
        made = self.create(request, new)
        return made if self.resource_type in NAMES else replace(made, physical_id=physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Forget it."""
