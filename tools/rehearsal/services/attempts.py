"""The four steps of a rotation as Secrets Manager takes them: all of them again when one fails, then no more.

Source: Secrets Manager guide, "Rotation by Lambda function". Pure: what a step is, is told by its `Rotating`.
"""

from enum import Enum
from typing import Protocol

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
ATTEMPTS = 5


class Ending(Enum):
    """How a rotation ends."""

    SUCCEEDED = "the version is current"
    FAILED = "the attempts are used up"
    ABANDONED = "there is nothing left to rotate"


class StepFailed(Exception):
    """A step did not succeed: the text says which, as AWS words it, and `reason` what the function said."""

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class Rotating(Protocol):
    """One version of one secret on its way to being current, always under the same token."""

    def goes_on(self) -> bool:
        """Whether the rotation is still wanted: nobody has cancelled it or put a value of their own."""
        ...

    def take(self, step: str) -> None:
        """Invoke the function. Raises StepFailed."""
        ...

    def is_current(self) -> bool:
        """Whether the version has become current."""
        ...

    def failed(self, attempt: int, error: StepFailed) -> None:
        """Hear of an attempt that failed, and wait until the next is due, if there is one."""
        ...


def rotate(rotating: Rotating) -> Ending:
    """Take the steps until the version is current or the attempts are used up."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            for step in STEPS:
                if not rotating.goes_on():
                    return Ending.ABANDONED
                rotating.take(step)
            if rotating.is_current():
                return Ending.SUCCEEDED
            raise StepFailed("finishSecret has not made the version current")  # noqa: TRY301  # an attempt's end
        except StepFailed as error:
            if not rotating.goes_on():
                return Ending.ABANDONED
            rotating.failed(attempt, error)
    return Ending.FAILED
