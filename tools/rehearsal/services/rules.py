"""EventBridge rules: their metrics, delivery to log groups and ECS, and evidence that they did something.

Source: EventBridge guide, "Monitoring Amazon EventBridge"; targets of other kinds stay with the emulator.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from tools.rehearsal.seams import (
    ECS_RUN_TASK,
    EVENT_TRANSFORM,
    EVENT_VIEW,
    LAMBDA_FIND,
    LOG_PUT,
    LOG_STREAM,
    METRIC_KEEP,
    RULE_INVOKE,
    RULE_TARGETS,
    Emulator,
    Record,
)
from tools.rehearsal.services.alarms import Witness
from tools.rehearsal.services.answers import REFUSED, Answer, document
from tools.rehearsal.services.task_targets import run_task

NAMESPACE, RULE = "AWS/Events", "AWS::Events::Rule"
SCHEDULED = "aws.events"
LOG_GROUP = ":log-group:"


class View(Protocol):
    """An event as its targets get it."""

    def event_with_detail(self) -> Record:
        """The document."""
        ...


_Invoke = Callable[[Record, Record, Record, View | None], None]


@dataclass(kw_only=True)
class Rules:
    """What rules do with the events that match them, or that their schedules make."""

    emulator: Emulator
    witness: Witness
    by_hand: set[str] = field(default_factory=set[str])
    """The ARNs of rules that are made to fire at this moment, and do so by no schedule."""

    _noted: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def correct(self) -> None:
        """Put the measured invocation of a target in place."""
        originally = cast("_Invoke", self.emulator.function(RULE_INVOKE))

        def invoke(target: Record, event: Record, rule: Record, view: View | None = None) -> None:
            if self._is_first(target, rule):
                self._count(rule, "TriggeredRules")
            self._count(rule, "Invocations")
            if self._deliver(target, event, rule, view, originally):
                self._note(rule, event)
            else:
                self._count(rule, "FailedInvocations")

        self.emulator.replace(RULE_INVOKE, invoke)

    def _deliver(
        self, target: Record, event: Record, rule: Record, view: View | None, originally: _Invoke
    ) -> bool:
        """Invoke a target; False for one that is known not to be there."""
        arn = str(target.get("Arn"))
        if ":logs:" in arn:
            seen = view or cast("View", self.emulator.call(EVENT_VIEW, event))
            return self._write(arn, json.dumps(seen.event_with_detail()))
        if ":lambda:" in arn and cast("tuple[object, ...]", self.emulator.call(LAMBDA_FIND, arn))[0] is None:
            return False
        if ":ecs:" in arn:
            seen = view or cast("View", self.emulator.call(EVENT_VIEW, event))
            return self._run_task(target, rule, seen)
        originally(target, event, rule, view)
        return True

    def _run_task(self, target: Record, rule: Record, view: View) -> bool:
        given = target.get("Input")
        if transformer := target.get("InputTransformer"):
            given = self.emulator.call(EVENT_TRANSFORM, transformer, rule, view)
        asked = run_task(target, rule=str(rule["Name"]), region=self.emulator.region, given=given)
        if asked is None:
            return False
        answer = cast("Answer", self.emulator.call(ECS_RUN_TASK, asked))
        return answer[0] < REFUSED and not document(answer).get("failures")

    def _write(self, arn: str, line: str) -> bool:
        group = arn.partition(LOG_GROUP)[2].removesuffix(":*")
        named = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
        made = cast("Answer", self.emulator.call(LOG_STREAM, named))
        if made[0] >= REFUSED:
            return False
        written = {"timestamp": int(time.time() * 1000), "message": line}
        return cast("Answer", self.emulator.call(LOG_PUT, {**named, "logEvents": [written]}))[0] < REFUSED

    def _is_first(self, target: Record, rule: Record) -> bool:
        key = f"{rule.get('EventBusName') or 'default'}|{rule['Name']}"
        targets = cast("list[Record]", self.emulator.store(RULE_TARGETS).get(key) or [])
        return bool(targets) and targets[0] is target

    def _count(self, rule: Record, metric: str) -> None:
        dimensions = {"RuleName": rule["Name"]}
        self.emulator.call(
            METRIC_KEEP, NAMESPACE, metric, dimensions, time.time(), "Count", 1, None, None, None
        )

    def _note(self, rule: Record, event: Record) -> None:
        if event.get("Source") != SCHEDULED:
            evidence, honoured = "an event matched it, for its targets", ("EventPattern", "Targets")
        elif rule.get("Arn") in self.by_hand:
            evidence, honoured = "it was made to fire, for its targets", ("Targets",)
        else:
            evidence, honoured = "its schedule fired, for its targets", ("ScheduleExpression", "Targets")
        known = (self.emulator.region, str(rule["Name"]), evidence)
        if known not in self._noted:
            self._noted.add(known)
            self.witness(RULE, str(rule["Name"]), evidence, *honoured)
