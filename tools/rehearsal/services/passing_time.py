"""Two operations that AWS does not have: time passes at once, and a rule fires at once. For whoever tests.

No clock is changed. What the emulator remembers becomes older: the points of metrics, when scheduled rules
last fired, and the dates of secrets and of their rotations.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from tools.rehearsal.seams import METRICS, RULE_FIRED, RULE_TICK, RULES, SECRETS, Emulator, Record
from tools.rehearsal.services.alarms import Alarms
from tools.rehearsal.services.answers import INVALID_PARAMETER, NOT_FOUND, Answer, Refused, done
from tools.rehearsal.services.rotations import Rotations
from tools.rehearsal.services.rules import Rules

DATES = ("CreatedDate", "LastChangedDate", "LastAccessedDate")

_Moments = dict[object, float]


@dataclass(kw_only=True)
class PassingTime:
    """What lets time pass, under a lock that the emulator's own look at the schedules takes too."""

    alarms: Alarms
    rules: Rules
    rotations: Rotations
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _look: Callable[[], None] = field(init=False)

    @property
    def emulator(self) -> Emulator:
        """The emulator whose memory it is."""
        return self.rules.emulator

    def correct(self) -> None:
        """Have the emulator's own look at the schedules wait for ours."""
        self._look = cast("Callable[[], None]", self.emulator.function(RULE_TICK))
        self.emulator.replace(RULE_TICK, self.look)

    def look(self) -> None:
        """Fire the scheduled rules that are due."""
        with self._lock:
            self._look()

    def let_pass(self, data: Record) -> Answer:
        """Make what is remembered older by `Seconds`, and fire the rules that are due. Raises Refused."""
        seconds = data.get("Seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
            raise Refused(INVALID_PARAMETER, f"Seconds is {seconds!r}, and should be a number above zero")
        with self._lock:
            self._look()  # a rule that it has never seen gets its beginning
            fired = self._fired()
            fired.update({key: moment - seconds for key, moment in fired.items()})
            self._age_metrics(seconds)
            self._age_secrets(seconds)
            self._look()
        return done(self.emulator, {})

    def fire(self, data: Record) -> Answer:
        """Fire the scheduled rule that is called `Rule`, in the region at hand. Raises Refused."""
        key = f"{data.get('EventBusName') or 'default'}|{data.get('Rule')}"
        rule = self.emulator.store(RULES).get(key)
        if rule is None:
            raise Refused(NOT_FOUND, f"Rule {data.get('Rule')} does not exist.")
        if not rule.get("ScheduleExpression") or rule.get("State") != "ENABLED":
            raise Refused(INVALID_PARAMETER, f"Rule {data.get('Rule')} has no schedule, or is disabled.")
        arn = str(rule["Arn"])
        with self._lock:
            self._fired()[(self.emulator.account, self.emulator.region, key)] = 0.0
            self.rules.by_hand.add(arn)
            try:
                self._look()
            finally:
                self.rules.by_hand.discard(arn)
        return done(self.emulator, {})

    def _age_metrics(self, seconds: float) -> None:
        with self.alarms.lock:
            for _, points in self.emulator.everywhere(METRICS):
                for point in cast("list[Record]", points):
                    point["Timestamp"] = cast("float", point["Timestamp"]) - seconds

    def _age_secrets(self, seconds: float) -> None:
        with self.rotations.lock:
            for _, row in self.emulator.everywhere(SECRETS):
                secret = cast("Record", row)
                older(secret, seconds)
                versions = cast("Mapping[str, Record]", secret["Versions"])
                secret["Versions"] = {token: older(dict(known), seconds) for token, known in versions.items()}
            self.rotations.age(timedelta(seconds=seconds))

    def _fired(self) -> _Moments:
        return cast("_Moments", self.emulator.store(RULE_FIRED))


def older(record: Record, seconds: float) -> Record:
    """Make the dates of a secret, or of a version, older by so many seconds."""
    for name in DATES:
        if record.get(name):
            record[name] = int(cast("float", record[name]) - seconds)
    return record
