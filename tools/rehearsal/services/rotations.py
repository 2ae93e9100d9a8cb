"""RotateSecret and CancelRotateSecret by the service's semantics, with the real Lambda, off the event loop.

Source: Secrets Manager API reference, "RotateSecret". Dates and runs live as long as the emulator does.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tools.rehearsal.ledger import Ledger, TookEffect
from tools.rehearsal.seams import PUT_EVENTS, SPAWN, Emulator, Record
from tools.rehearsal.services.answers import INVALID_REQUEST, Answer, Refused, done, find, require
from tools.rehearsal.services.attempts import Ending, StepFailed, rotate
from tools.rehearsal.services.labels import (
    CURRENT,
    PENDING,
    blank,
    holder,
    keep,
    remove,
    take,
    unfinished,
    versions,
)
from tools.rehearsal.services.plans import Plan
from tools.rehearsal.services.rotation_events import EventName, entry
from tools.rehearsal.services.rotation_run import TEST, Run
from tools.rehearsal.services.rotation_settings import Settings

SCHEDULE = "AWS::SecretsManager::RotationSchedule"
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."
TESTED = ("SecretId", "RotationLambdaARN", "RotateImmediatelyOnUpdate")
DUE = ("RotationRules",)


@dataclass(kw_only=True)
class Rotations:
    """All rotations of one emulator. Whoever changes a secret's versions holds the lock meanwhile."""

    emulator: Emulator
    ledger: Ledger
    lock: threading.RLock = field(default_factory=threading.RLock)
    _plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    _running: set[str] = field(default_factory=set[str])

    def rotate(self, data: Record) -> Answer:
        """Configure a secret's rotation, and start it or test the configuration. Raises Refused."""
        token = str(data.get("ClientRequestToken") or uuid.uuid4())
        with self.lock:
            secret = require(self.emulator, data)
            answer = done(self.emulator, {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})
            if token in versions(secret):
                return answer  # the same request once more
            self._refuse_unfinished(secret)
            undo = self._configure(secret, data)
            if str(data.get("RotateImmediately", True)).lower() == "true":
                self._begin(secret, token)
                return answer
            self._running.add(str(secret["ARN"]))
            current = versions(secret).get(holder(secret, CURRENT) or "", blank(created=0))
            keep(secret, token, {**current, "CreatedDate": _now().timestamp(), "Stages": [PENDING]})
        self._test(secret, token, undo)
        return answer

    def cancel(self, data: Record) -> Answer:
        """Switch a secret's rotation off; one under way ends with the step it is at. Raises Refused."""
        with self.lock:
            secret = require(self.emulator, data)
            secret["RotationEnabled"] = False
            self._plan(secret).end()
            pending = unfinished(secret)
        named = {"ARN": secret["ARN"], "Name": secret["Name"]}
        return done(self.emulator, {**named, "VersionId": pending} if pending else named)

    def overtake(self, secret: Record, pending: str | None, token: str) -> None:
        """End an unfinished rotation in favour of a version that somebody has put since."""
        if pending and pending != token:
            take(secret, pending, PENDING)
            self._tell("RotationAbandoned", secret, pending)

    def dates(self, described: Record) -> Record:
        """Return the dates that belong into a secret's description."""
        plan = self._plans.get(str(described["ARN"]))
        return plan.dates if plan and described.get("RotationEnabled") else {}

    def start_due(self, now: datetime) -> None:
        """Start what the schedules say; a rotation that did not end is attempted again under its token."""
        with self.lock:
            due = [arn for arn, plan in self._plans.items() if plan.due and plan.due <= now]
        for arn in due:
            region, account = arn.split(":")[3:5]
            with self.emulator.scope(account=account, region=region), self.lock:
                secret = find(self.emulator, arn)
                if secret is None or secret.get("DeletedDate"):
                    del self._plans[arn]
                    continue
                self._plans[arn].start(now=now)
                if self._begin(secret, unfinished(secret) or str(uuid.uuid4())):
                    self._note(secret, "its schedule came due", DUE)

    def age(self, by: timedelta) -> None:
        """Let time pass for every schedule; `start_due` starts what is due then."""
        with self.lock:
            for plan in self._plans.values():
                plan.age(by)

    def _refuse_unfinished(self, secret: Record) -> None:
        pending = unfinished(secret)
        if pending and secret.get("RotationEnabled"):
            self._begin(secret, pending)
        if pending or secret["ARN"] in self._running:
            raise Refused(INVALID_REQUEST, UNFINISHED)

    def _configure(self, secret: Record, data: Record) -> Callable[[], None]:
        """Put the settings in force; return what undoes it."""
        settings = Settings.read(secret, data, emulator=self.emulator)
        plan = self._plan(secret)
        before, planned = settings.apply(secret), replace(plan)
        plan.follow(settings.schedule, now=_now())

        def undo() -> None:
            secret.update(before)
            self._plans[str(secret["ARN"])] = planned

        return undo

    def _begin(self, secret: Record, token: str) -> bool:
        """Start a rotation beside whoever asks, unless one is under way; return whether it was started."""
        arn = str(secret["ARN"])
        if arn in self._running:
            return False
        self._running.add(arn)
        if token not in versions(secret):
            keep(secret, token, blank(created=_now().timestamp()))
        self.emulator.call(SPAWN, self._run, secret, token)
        return True

    def _run(self, secret: Record, token: str) -> None:
        run = self._working(secret, token)
        ending = Ending.FAILED
        try:
            self._tell("RotationStarted", secret, token)
            ending = rotate(run)
        finally:
            with self.lock:
                if ending is Ending.SUCCEEDED:
                    take(secret, token, PENDING)
                    self._plan(secret).finish(now=_now())
                self._running.discard(str(secret["ARN"]))
        if ending is Ending.SUCCEEDED:
            self._tell("RotationSucceeded", secret, token)
        elif ending is Ending.FAILED:
            self._tell("RotationFailed", secret, token, error=run.error)

    def _test(self, secret: Record, token: str, undo: Callable[[], None]) -> None:
        """Run testSecret alone, on a copy of the current version. Raises Refused, with nothing configured."""
        self._tell("TestRotationStarted", secret, token)
        error: StepFailed | None = None
        try:
            self._working(secret, token).take(TEST)
        except StepFailed as failure:
            error = failure
        finally:
            with self.lock:
                remove(secret, token)
                self._running.discard(str(secret["ARN"]))
                if error:
                    undo()
        if error:
            self._tell("TestRotationFailed", secret, token, error=str(error))
            raise Refused(INVALID_REQUEST, f"{error}: {error.reason}")
        self._tell("TestRotationSucceeded", secret, token)

    def _working(self, secret: Record, token: str) -> Run:
        return Run(
            emulator=self.emulator,
            lock=self.lock,
            arn=str(secret["ARN"]),
            token=token,
            tested=lambda: self._note(secret, "its function ran testSecret", TESTED),
        )

    def _plan(self, secret: Record) -> Plan:
        return self._plans.setdefault(str(secret["ARN"]), Plan())

    def _note(self, secret: Record, evidence: str, honoured: tuple[str, ...]) -> None:
        self.ledger.write(
            TookEffect(
                region=self.emulator.region,
                resource_type=SCHEDULE,
                physical_id=str(secret["ARN"]),
                evidence=evidence,
                honoured=honoured,
            )
        )

    def _tell(self, name: EventName, secret: Record, token: str, *, error: str | None = None) -> None:
        told = entry(
            name,
            arn=str(secret["ARN"]),
            token=token,
            error=error,
            account=self.emulator.account,
            region=self.emulator.region,
            now=_now(),
        )
        self.emulator.call(PUT_EVENTS, {"Entries": [told]}, True)  # noqa: FBT003  # an event of AWS's own


def _now() -> datetime:
    return datetime.now(tz=UTC)
