"""AWS::Lambda::Function: the emulator runs it; here it also remembers its VPC, which nothing enforces."""

from typing import cast

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import LAMBDA_FUNCTIONS, LAMBDA_VPC, Record


class Function(Emulated):
    """A Lambda function. It counts as executed when its code has run, which the ledger learns elsewhere."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create the function."""
        return self._with_vpc(super().create(request, properties), properties.get("VpcConfig"))

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the function."""
        return self._with_vpc(super().update(request, physical_id, old, new), new.get("VpcConfig"))

    def _with_vpc(self, outcome: Outcome, vpc: Value) -> Outcome:
        record = self.workshop.emulator.store(LAMBDA_FUNCTIONS).get(outcome.physical_id)
        if vpc and record:
            configuration = cast("Record", record["config"])
            configuration["VpcConfig"] = self.workshop.emulator.call(LAMBDA_VPC, vpc)
        return outcome
