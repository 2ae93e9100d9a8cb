"""Evaluates alarms on what the emulator keeps of their metrics, and tells their topics what has changed.

An alarm counts as executed once real values have decided its state; it is never enough that it exists.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol, cast

from tools.rehearsal.seams import (
    ALARM_HISTORY,
    ALARM_PARENTS,
    ALARMS,
    METRIC_DIMENSIONS,
    METRIC_STATISTIC,
    METRIC_STATISTICS,
    METRICS,
    TOPIC_PUBLISH,
    Emulator,
    Record,
)
from tools.rehearsal.services.alarm_evaluation import Condition, Verdict, evaluate
from tools.rehearsal.services.alarm_message import ACTIONS, message, subject
from tools.rehearsal.services.alarm_reasons import reason, reason_data
from tools.rehearsal.services.metric_periods import periods

ALARM, TOPIC = "AWS::CloudWatch::Alarm", "AWS::SNS::Topic"
DECIDED = (
    "Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Unit", "Period",
    "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
)  # fmt: skip
FILLED = ("TreatMissingData",)
PUBLISHED = ("AlarmName", "AlarmDescription", "ActionsEnabled")


log = logging.getLogger("alarms")


class Witness(Protocol):
    """Who notes that a resource's properties took effect."""

    def __call__(self, resource_type: str, physical_id: str, evidence: str, *honoured: str) -> None:
        """Note it."""
        ...


@dataclass(kw_only=True)
class Alarms:
    """All alarms of one emulator. Whoever changes what metrics hold keeps the lock meanwhile."""

    emulator: Emulator
    witness: Witness
    lock: threading.RLock = field(default_factory=threading.RLock)
    _noted: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def evaluate_all(self) -> None:
        """Evaluate the alarms of every account and region."""
        for (account, region, name), alarm in self.emulator.everywhere(ALARMS):
            with self.emulator.scope(account=account, region=region):
                try:
                    self.evaluate(cast("Record", alarm))
                except Exception:  # one alarm's trouble silences no other
                    log.exception("The alarm %s could not be evaluated", name)

    def evaluate(self, alarm: Record) -> None:
        """Evaluate one alarm of the region at hand, and act if its state has changed."""
        condition = Condition.read(alarm)
        if condition is None or not alarm.get("MetricName"):
            return  # a band, an expression or a query: nothing here computes one
        with self.lock:
            verdict = evaluate(condition, self._values(alarm, condition))
            self._note_evaluation(alarm, verdict)
            before = str(alarm["StateValue"])
            if verdict.state is None or verdict.state == before:
                return
            why = reason(condition, verdict, before=before)
            data = reason_data(condition, verdict, alarm, now=time.time())
            moment = int(time.time())
            alarm.update(
                StateValue=verdict.state,
                StateReason=why,
                StateReasonData=data,
                StateUpdatedTimestamp=moment,
                StateTransitionedTimestamp=moment,
            )
            name = alarm["AlarmName"]
            self.emulator.call(ALARM_HISTORY, name, before, verdict.state, why, "MetricAlarm", data)
            self.act(alarm, before, verdict.state, why)
            self.emulator.call(ALARM_PARENTS, alarm)

    def act(self, alarm: Record, before: str, state: str, why: str) -> None:
        """Tell the topics that are among the alarm's actions for its new state."""
        actions = ACTIONS.get(state, "")
        topics = [arn for arn in cast("list[str]", alarm.get(actions) or []) if ":sns:" in arn]
        if not alarm.get("ActionsEnabled", True) or not topics:
            return
        account, region = self.emulator.account, self.emulator.region
        text = message(
            alarm, before=before, state=state, reason=why, account=account, region=region, now=time.time()
        )
        for topic in topics:
            if self.emulator.call(TOPIC_PUBLISH, topic, text, subject(alarm, state, region=region)) is None:
                continue  # there is no such topic
            self._note(TOPIC, topic, "an alarm was published to it")
            if self._has_decided(alarm):
                self._note(ALARM, str(alarm["AlarmName"]), "its topic was told", *PUBLISHED, actions)

    def _values(self, alarm: Record, condition: Condition) -> list[float | None]:
        dimensions = {
            one["Name"]: one["Value"] for one in cast("list[dict[str, str]]", alarm.get("Dimensions") or [])
        }
        key = (alarm["Namespace"], alarm["MetricName"], self.emulator.call(METRIC_DIMENSIONS, dimensions))
        metrics = cast("dict[object, list[Record]]", self.emulator.store(METRICS))
        points = periods(
            list(metrics.get(key) or []),
            seconds=int(cast("int", alarm.get("Period") or 60)),
            count=condition.range,
            now=time.time(),
            unit=alarm.get("Unit"),
        )
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        return [self._value(statistic, those) if those else None for those in points]

    def _value(self, statistic: object, points: list[Record]) -> float | None:
        found = self.emulator.call(METRIC_STATISTICS, points)
        return cast("float | None", self.emulator.call(METRIC_STATISTIC, found, statistic, points))

    def _note_evaluation(self, alarm: Record, verdict: Verdict) -> None:
        name = str(alarm["AlarmName"])
        if verdict.evaluated:
            self._note(ALARM, name, "its metric's values decided its state", *DECIDED)
        elif self._has_decided(alarm):
            self._note(ALARM, name, "its metric fell silent", *FILLED)

    def _has_decided(self, alarm: Record) -> bool:
        evidence = (self.emulator.region, ALARM, str(alarm["AlarmName"]), *DECIDED)
        return evidence in self._noted

    def _note(self, resource_type: str, physical_id: str, evidence: str, *honoured: str) -> None:
        """Note it once: the clock comes by every second."""
        known = (self.emulator.region, resource_type, physical_id, *honoured)
        if known not in self._noted:
            self._noted.add(known)
            self.witness(resource_type, physical_id, evidence, *honoured)
