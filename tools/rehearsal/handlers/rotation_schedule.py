"""AWS::SecretsManager::RotationSchedule: attaches a rotation to a secret, as the API's RotateSecret does.

It counts as executed when its function has run testSecret, which the ledger learns from the rotation itself.
"""

from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import Record
from tools.rehearsal.services.answers import Refused, document

HOSTED = "HostedRotationLambda"


class RotationSchedule(Emulated):
    """When a secret rotates, and by which function."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Attach it: rotate at once, or test only; a test that fails fails the deployment."""
        if HOSTED in properties:
            raise InvalidProperty(
                f"{request.logical_id}: {HOSTED} is a function that AWS writes; name a RotationLambdaARN"
            )
        asked: Record = {
            "SecretId": properties.get("SecretId"),
            "RotationLambdaARN": properties.get("RotationLambdaARN"),
            "RotationRules": _rules(properties.get("RotationRules")),
            "RotateImmediately": properties.get("RotateImmediatelyOnUpdate", True),
        }
        try:
            answer = self.workshop.rotations.rotate(asked)
        except Refused as error:
            raise InvalidProperty(f"{request.logical_id}: {error.code}: {error}") from error
        arn = str(document(answer)["ARN"])
        return Outcome(physical_id=arn, attributes={"Id": arn})

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Attach it anew; another secret is another schedule, and the former one is switched off."""
        return self.create(request, new)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002  # the shape of every handler
        """Switch the rotation off; a secret that is gone has none."""
        try:
            self.workshop.rotations.cancel({"SecretId": physical_id})
        except Refused:
            return


def _rules(value: Value) -> Record:
    """Return the rules with numbers for what is one: templates carry texts too."""
    rules = dict(cast("Record", value)) if isinstance(value, dict) else {}
    days = str(rules.get("AutomaticallyAfterDays", ""))
    return {**rules, "AutomaticallyAfterDays": int(days)} if days.isdecimal() else rules
