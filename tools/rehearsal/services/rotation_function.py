"""The Lambda of a rotation, invoked as the emulator invokes any other: its package in its own process."""

import uuid
from dataclasses import dataclass
from typing import cast

from tools.rehearsal.seams import LAMBDA_EXECUTION, LAMBDA_FIND, LAMBDA_RUN, Emulator, Record
from tools.rehearsal.services.attempts import StepFailed


@dataclass(frozen=True, kw_only=True)
class RotationFunction:
    """A function by its ARN. Blocks while it runs: never on the event loop, which the function talks to."""

    emulator: Emulator
    arn: str

    @property
    def exists(self) -> bool:
        """Whether there is such a function."""
        return self._found()[0] is not None

    def take(self, step: str, *, secret: str, token: str) -> None:
        """Invoke it for one step. Raises StepFailed."""
        failed = f"Error when executing lambda {self.arn} during {step} step"
        function, configuration = self._found()
        if function is None:
            raise StepFailed(failed, reason="there is no such function")
        event = {
            "Step": step,
            "SecretId": secret,
            "ClientRequestToken": token,
            "RotationToken": str(uuid.uuid4()),
        }
        ready = self.emulator.call(LAMBDA_EXECUTION, function, configuration)
        result = cast("Record", self.emulator.call(LAMBDA_RUN, ready, event))
        if result.get("error"):
            body = cast("Record", result.get("body") or {})
            raise StepFailed(failed, reason=str(body.get("errorMessage") or body.get("message")))

    def _found(self) -> tuple[Record | None, Record | None]:
        function, configuration, _ = cast(
            "tuple[Record | None, Record | None, str]", self.emulator.call(LAMBDA_FIND, self.arn)
        )
        return function, configuration
