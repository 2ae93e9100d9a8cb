"""An alarm goes off when its metric says so, tells its topic, and returns when the metric has calmed down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_monitoring import NAMESPACE, PERIOD, Monitoring
from tools.rehearsal.ledger import TookEffect, read
from tools.rehearsal.passing import let_time_pass

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

RANGE = 3
"""How many periods an alarm of one looks at."""

DAY = 86_400


@pytest.fixture
def monitoring(aws: EmulatedAws) -> Monitoring:
    return Monitoring.create(aws)


def only(messages: list[dict[str, Any]]) -> dict[str, Any]:
    (message,) = messages
    return message


def honoured(aws: EmulatedAws, alarm: str) -> set[str]:
    entries = read(aws.layout.ledger)
    effects = [one for one in entries if isinstance(one, TookEffect) and one.physical_id == alarm]
    return {name for effect in effects for name in effect.honoured}


def test_a_function_that_errs_raises_its_own_alarm_and_no_other(monitoring: Monitoring) -> None:
    erring, sound = monitoring.function(), monitoring.function()
    alarm, other = monitoring.errors_alarm(erring), monitoring.errors_alarm(sound)
    monitoring.run(erring, err=True)
    monitoring.run(sound)
    monitoring.becomes(alarm, "ALARM")
    assert monitoring.state(other) == "OK"
    told = only(monitoring.told())
    assert (told["AlarmName"], told["OldStateValue"], told["NewStateValue"]) == (alarm, "OK", "ALARM")
    assert "[1.0] was greater than the threshold (0.0)" in told["NewStateReason"]
    assert told["Trigger"]["Dimensions"] == [{"name": "FunctionName", "value": erring}]
    assert monitoring.described(alarm)["StateReason"] == told["NewStateReason"]


def test_runs_that_nobody_waits_for_are_counted_too(monitoring: Monitoring) -> None:
    function = monitoring.function()
    alarm = monitoring.errors_alarm(function)
    monitoring.aws.functions.invoke(FunctionName=function, InvocationType="Event", Payload='{"err": true}')
    monitoring.becomes(alarm, "ALARM")
    monitoring.run(function)
    invocations = monitoring.counted("AWS/Lambda", "Invocations", FunctionName=function)
    errors = monitoring.counted("AWS/Lambda", "Errors", FunctionName=function)
    assert invocations is not None
    assert errors is not None
    assert invocations == errors + 1
    assert monitoring.counted("AWS/Lambda", "Duration", FunctionName=function)


def test_a_figure_in_a_functions_output_raises_an_alarm(monitoring: Monitoring) -> None:
    toy = {"Name": "Toy", "Value": monitoring.name}
    alarm = monitoring.alarm("figure", MetricName="Figure", Dimensions=[toy], Statistic="Maximum")
    function = monitoring.function()
    monitoring.run(function, toy="another", figure=5)
    monitoring.run(function, toy=monitoring.name, figure=0)
    until(lambda: monitoring.counted(NAMESPACE, "Figure", Toy=monitoring.name) == 0)
    assert monitoring.state(alarm) == "OK"
    monitoring.run(function, toy=monitoring.name, figure=5)
    monitoring.becomes(alarm, "ALARM")


def test_an_alarm_returns_when_its_range_has_passed_and_tells_who_wants_to_know(
    monitoring: Monitoring,
) -> None:
    alarm = monitoring.alarm("returning", OKActions=[monitoring.topic])
    assert only(monitoring.told())["OldStateValue"] == "INSUFFICIENT_DATA"  # until the first look
    monitoring.put(1)
    monitoring.becomes(alarm, "ALARM")
    assert only(monitoring.told())["NewStateValue"] == "ALARM"
    let_time_pass(monitoring.aws.tier, seconds=PERIOD)
    monitoring.put(0, MetricName="another")
    assert monitoring.state(alarm) == "ALARM"  # the value is the latest that there is
    let_time_pass(monitoring.aws.tier, seconds=RANGE * PERIOD)
    monitoring.becomes(alarm, "OK")
    told = only(monitoring.told())
    assert (told["OldStateValue"], told["NewStateValue"]) == ("ALARM", "OK")
    assert told["NewStateReason"].endswith("1 missing datapoint was treated as [NonBreaching].")


def test_a_value_within_the_threshold_ends_an_alarm_with_its_period(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm("ending")
    monitoring.put(1)
    monitoring.becomes(alarm, "ALARM")
    let_time_pass(monitoring.aws.tier, seconds=PERIOD)
    monitoring.put(0)
    monitoring.becomes(alarm, "OK")
    assert only(monitoring.told())["NewStateValue"] == "ALARM"  # there is no action for OK


def test_a_metric_that_falls_silent_is_told_where_it_should_not(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm(
        "silent", Period=DAY, TreatMissingData="missing", InsufficientDataActions=[monitoring.topic]
    )
    assert monitoring.state(alarm) == "INSUFFICIENT_DATA"
    monitoring.put(0)
    monitoring.becomes(alarm, "OK")
    assert monitoring.told() == []
    let_time_pass(monitoring.aws.tier, seconds=RANGE * DAY + DAY)
    monitoring.becomes(alarm, "INSUFFICIENT_DATA")
    assert only(monitoring.told())["NewStateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_two_periods_of_three_have_to_breach(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm("two", EvaluationPeriods=3, DatapointsToAlarm=2)
    monitoring.put(1, Timestamp=time.time() - 2 * PERIOD)
    monitoring.put(0, Timestamp=time.time() - PERIOD)
    assert monitoring.state(alarm) == "OK"
    monitoring.put(1)
    monitoring.becomes(alarm, "ALARM")


def test_an_alarm_whose_actions_are_off_tells_nobody(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm("off", ActionsEnabled=False)
    monitoring.put(1)
    monitoring.becomes(alarm, "ALARM")
    assert monitoring.told() == []


def test_a_state_that_is_set_by_hand_is_told_and_lasts_until_the_next_look(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm("by-hand")
    monitoring.aws.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="a drill"
    )
    monitoring.becomes(alarm, "OK")
    assert only(monitoring.told())["NewStateReason"] == "a drill"


def test_an_alarm_counts_as_executed_once_values_have_decided(monitoring: Monitoring) -> None:
    alarm = monitoring.alarm("proven")
    monitoring.aws.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="a drill"
    )
    monitoring.becomes(alarm, "OK")
    assert honoured(monitoring.aws, alarm) == set()
    monitoring.put(1)
    monitoring.becomes(alarm, "ALARM")
    seen = honoured(monitoring.aws, alarm)
    assert seen >= {"MetricName", "Threshold", "Period", "AlarmActions"}
    assert not seen & {"TreatMissingData", "OKActions"}
