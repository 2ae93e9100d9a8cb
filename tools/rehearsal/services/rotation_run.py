"""One version of one secret on its way to being current: what the attempts of a rotation work on."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tools.rehearsal.seams import Emulator
from tools.rehearsal.services.answers import find
from tools.rehearsal.services.attempts import ATTEMPTS, StepFailed
from tools.rehearsal.services.labels import CURRENT, PENDING, versions
from tools.rehearsal.services.rotation_function import RotationFunction

RETRY_SECONDS = 1.0
"""The pause between two attempts. AWS takes longer, and does not say how long."""

TEST = "testSecret"

log = logging.getLogger("rotation")


@dataclass(kw_only=True)
class Run:
    """A rotation at work; `tested` hears of each testSecret that succeeded, `error` is the last attempt's."""

    emulator: Emulator
    lock: AbstractContextManager[object]
    arn: str
    token: str
    tested: Callable[[], None]
    error: str | None = None

    def goes_on(self) -> bool:
        """See `Rotating`: cancelling takes the schedule away, a value put by hand the label."""
        with self.lock:
            secret = find(self.emulator, self.arn)
            if secret is None or secret.get("DeletedDate") or not secret.get("RotationEnabled"):
                return False
            version = versions(secret).get(self.token)
            return version is not None and bool({CURRENT, PENDING} & set(version["Stages"]))

    def take(self, step: str) -> None:
        """See `Rotating`."""
        secret = find(self.emulator, self.arn) or {}
        function = RotationFunction(emulator=self.emulator, arn=str(secret.get("RotationLambdaARN")))
        function.take(step, secret=self.arn, token=self.token)
        if step == TEST:
            self.tested()

    def is_current(self) -> bool:
        """See `Rotating`."""
        with self.lock:
            secret = find(self.emulator, self.arn)
            version = versions(secret).get(self.token) if secret else None
            return version is not None and CURRENT in version["Stages"]

    def failed(self, attempt: int, error: StepFailed) -> None:
        """See `Rotating`."""
        self.error = str(error)
        log.warning("%s, attempt %d of %d: %s: %s", self.arn, attempt, ATTEMPTS, error, error.reason)
        if attempt < ATTEMPTS:
            time.sleep(RETRY_SECONDS)
