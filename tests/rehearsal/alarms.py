"""Whoever is told of a deployed tier's alarms: a queue that is subscribed to its topic."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.rehearsal.deployed import ENVIRONMENT, Deployed
from tools.rehearsal.fidelity import Judged
from tools.rehearsal.passing import let_time_pass
from tools.rehearsal.report import fidelity_of

PATIENCE_SECONDS = 120
HOUR = 3_600
CLOCK_SECONDS = 1.5
"""By then every alarm has been looked at again."""

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Ears:
    """The queue, and all that it has heard."""

    deployed: Deployed
    queue: str
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @classmethod
    def subscribed(cls, deployed: Deployed) -> "Ears":
        """Subscribe a new queue to the topic that the tier publishes."""
        queues, topics = deployed.client("sqs"), deployed.client("sns")
        url = queues.create_queue(QueueName="ears")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topics.subscribe(
            TopicArn=deployed.endpoints.parameter("alarms/topic-arn"), Protocol="sqs", Endpoint=arn
        )
        return cls(deployed=deployed, queue=url)

    def hear(self, what: str) -> dict[str, Any]:
        """Wait until the topic has told that an alarm went off; return what it said."""
        return until(lambda: self._heard(what), f"nobody told of {what}")

    def state(self, what: str) -> str:
        """Return an alarm's state."""
        (found,) = self.deployed.client("cloudwatch").describe_alarms(AlarmNames=[named(what)])[
            "MetricAlarms"
        ]
        return str(found["StateValue"])

    def becomes(self, what: str, state: str) -> None:
        """Wait until an alarm is in a state."""
        until(lambda: self.state(what) == state, f"{what} does not become {state}")

    def calm(self, *alarms: str) -> None:
        """Let hours pass until these alarms are OK."""
        until(lambda: self._are_ok_after_an_hour(alarms), f"not all of {alarms} return to OK")

    def _are_ok_after_an_hour(self, alarms: tuple[str, ...]) -> bool:
        let_time_pass(self.deployed.tier, seconds=HOUR)
        time.sleep(CLOCK_SECONDS)
        return all(self.state(alarm) == "OK" for alarm in alarms)

    def _heard(self, what: str) -> dict[str, Any] | None:
        found = self.deployed.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        self.messages.extend(
            json.loads(json.loads(message["Body"])["Message"]) for message in found.get("Messages", [])
        )
        told = [one for one in self.messages if one["AlarmName"] == named(what)]
        return next((one for one in told if one["NewStateValue"] == "ALARM"), None)


def named(what: str) -> str:
    return f"datatier-{ENVIRONMENT}-{what}"


def until(look: Callable[[], Found | None], otherwise: str) -> Found:
    """Look again until there is something; fail with `otherwise` when there is nothing for long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.2)
    return found


def rule(deployed: Deployed, *, field: str, holds: str) -> str:
    """The name of the one deployed rule whose field holds a text."""
    rules = deployed.client("events").list_rules()["Rules"]
    (found,) = [one for one in rules if holds in one.get(field, "")]
    return str(found["Name"])


def lines_of_failures(deployed: Deployed) -> list[dict[str, Any]]:
    """The events that the deployed rule has put into its log group."""
    events, logs = deployed.client("events"), deployed.client("logs")
    name = rule(deployed, field="EventPattern", holds="RotationFailed")
    (target,) = events.list_targets_by_rule(Rule=name)["Targets"]
    group = target["Arn"].partition(":log-group:")[2]
    found = logs.filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"])["detail"] for event in found]


def proven(deployed: Deployed, what: str) -> Judged:
    """How the fidelity report judges an alarm."""
    judged = fidelity_of(deployed.tier, deployed.project.layout).judged
    return next(one for one in judged if one.resource.physical_id == named(what))
