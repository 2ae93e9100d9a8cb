"""A rule that an event matches is counted, and its event stands in the log group that is its target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_monitoring import Monitoring

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

LOGS = f"arn:aws:logs:us-east-1:{'0' * 12}:log-group"


@pytest.fixture
def monitoring(aws: EmulatedAws) -> Monitoring:
    return Monitoring.create(aws)


def rule(monitoring: Monitoring, *groups: str) -> str:
    """Make a rule on events of the test's own, with log groups as targets."""
    events = monitoring.aws.client("events")
    events.put_rule(Name=monitoring.name, EventPattern=json.dumps({"source": [monitoring.name]}))
    targets = [{"Id": group, "Arn": f"{LOGS}:{group}"} for group in groups]
    events.put_targets(Rule=monitoring.name, Targets=targets)
    return monitoring.name


def group(monitoring: Monitoring, what: str) -> str:
    name = f"/toys/{monitoring.name}/{what}"
    monitoring.aws.client("logs").create_log_group(logGroupName=name)
    return name


def send(monitoring: Monitoring, source: str, **detail: object) -> None:
    entry = {"Source": source, "DetailType": "toy", "Detail": json.dumps(detail)}
    monitoring.aws.client("events").put_events(Entries=[entry])


def written(monitoring: Monitoring, name: str) -> list[dict[str, Any]]:
    found = monitoring.aws.client("logs").filter_log_events(logGroupName=name)["events"]
    return [json.loads(event["message"]) for event in found]


def count(monitoring: Monitoring, metric: str) -> float | None:
    return monitoring.counted("AWS/Events", metric, RuleName=monitoring.name)


def test_an_event_is_counted_once_and_written_to_every_log_group(monitoring: Monitoring) -> None:
    first, second = group(monitoring, "first"), group(monitoring, "second")
    rule(monitoring, first, f"{second}:*")
    send(monitoring, monitoring.name, number=1)
    (event,) = until_written(monitoring, first)
    assert (event["source"], event["detail-type"], event["detail"]) == (monitoring.name, "toy", {"number": 1})
    assert event["region"] == "us-east-1"
    assert until_written(monitoring, second) == [event]
    assert count(monitoring, "TriggeredRules") == 1
    assert count(monitoring, "Invocations") == 2
    assert count(monitoring, "FailedInvocations") is None


def test_an_event_that_does_not_match_is_not_counted(monitoring: Monitoring) -> None:
    rule(monitoring, group(monitoring, "log"))
    send(monitoring, "somebody-else")
    assert count(monitoring, "TriggeredRules") is None


def test_a_log_group_that_is_not_there_is_a_failed_invocation(monitoring: Monitoring) -> None:
    rule(monitoring, "/toys/nowhere")
    send(monitoring, monitoring.name)
    assert count(monitoring, "TriggeredRules") == 1
    assert count(monitoring, "FailedInvocations") == 1


def test_an_alarm_goes_off_with_its_rule(monitoring: Monitoring) -> None:
    dimensions = [{"Name": "RuleName", "Value": rule(monitoring, group(monitoring, "log"))}]
    alarm = monitoring.alarm(
        "matched", Namespace="AWS/Events", MetricName="TriggeredRules", Dimensions=dimensions
    )
    assert monitoring.state(alarm) == "OK"
    send(monitoring, monitoring.name)
    monitoring.becomes(alarm, "ALARM")


def until_written(monitoring: Monitoring, name: str) -> list[dict[str, Any]]:
    until(lambda: written(monitoring, name))
    return written(monitoring, name)
