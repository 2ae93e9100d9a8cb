"""What RotateSecret configures: the function, the rules, and the schedule that follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.seams import Emulator, Record
from tools.rehearsal.services.answers import INVALID_PARAMETER, INVALID_REQUEST, NOT_FOUND, Refused
from tools.rehearsal.services.rotation_function import RotationFunction
from tools.rehearsal.services.schedules import Schedule, parse_rules

KEPT = ("RotationLambdaARN", "RotationRules", "RotationEnabled")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The rotation of one secret; a secret keeps what a request leaves out."""

    function: str
    rules: Record
    schedule: Schedule | None

    @classmethod
    def read(cls, secret: Record, data: Record, *, emulator: Emulator) -> "Settings":
        """Read a request. Raises Refused."""
        function = str(data.get("RotationLambdaARN") or secret.get("RotationLambdaARN") or "")
        if not function:
            raise Refused(INVALID_REQUEST, "No Lambda rotation function ARN is associated with this secret.")
        if not RotationFunction(emulator=emulator, arn=function).exists:
            raise Refused(NOT_FOUND, f"Secrets Manager can't find the Lambda function {function}.")
        rules = cast("Record", data.get("RotationRules") or secret.get("RotationRules") or {})
        try:
            return cls(function=function, rules=rules, schedule=parse_rules(rules))
        except InvalidProperty as error:
            raise Refused(INVALID_PARAMETER, str(error)) from error

    def apply(self, secret: Record) -> Mapping[str, object]:
        """Configure the secret; return what it had before."""
        before = {name: secret.get(name) for name in KEPT}
        secret.update(dict(zip(KEPT, (self.function, self.rules, True), strict=True)))
        return before
