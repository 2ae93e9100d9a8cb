"""Time that is made to pass lets schedules come due and secrets grow old; a rule can be fired at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_monitoring import Monitoring
from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.ledger import TookEffect, read
from tools.rehearsal.passing import fire_rule, let_time_pass

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws
    from tests.integration.rehearsal.toy_secret import ToySecret

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def monitoring(aws: EmulatedAws) -> Monitoring:
    return Monitoring.create(aws)


def scheduled(monitoring: Monitoring, expression: str) -> str:
    """Make a rule that runs a function; return the function's name."""
    function = monitoring.function()
    events = monitoring.aws.client("events")
    events.put_rule(Name=monitoring.name, ScheduleExpression=expression)
    arn = monitoring.aws.functions.get_function(FunctionName=function)["Configuration"].get("FunctionArn")
    events.put_targets(Rule=monitoring.name, Targets=[{"Id": "toy", "Arn": arn}])
    return function


def runs(monitoring: Monitoring, function: str) -> float:
    return monitoring.counted("AWS/Lambda", "Invocations", FunctionName=function) or 0


def evidence(monitoring: Monitoring) -> set[str]:
    entries = read(monitoring.aws.layout.ledger)
    return {
        name
        for one in entries
        if isinstance(one, TookEffect) and one.physical_id == monitoring.name
        for name in one.honoured
    }


@pytest.mark.parametrize("expression", ["rate(12 hours)", "cron(0 3 * * ? *)"])
def test_a_scheduled_rule_fires_when_its_time_has_passed(monitoring: Monitoring, expression: str) -> None:
    function = scheduled(monitoring, expression)
    let_time_pass(monitoring.aws.tier, seconds=DAY)
    until(lambda: runs(monitoring, function) == 1)
    assert "ScheduleExpression" in evidence(monitoring)


def test_a_scheduled_rule_waits_for_its_time(monitoring: Monitoring) -> None:
    function = scheduled(monitoring, "rate(12 hours)")
    let_time_pass(monitoring.aws.tier, seconds=11 * HOUR)
    fire_rule(monitoring.aws.tier, monitoring.name)
    until(lambda: runs(monitoring, function))
    assert runs(monitoring, function) == 1
    assert evidence(monitoring) == {"Targets"}  # nothing was due: its schedule is not proven


def test_a_rule_that_has_no_schedule_cannot_be_fired(monitoring: Monitoring) -> None:
    monitoring.aws.client("events").put_rule(Name=monitoring.name, EventPattern='{"source": ["toy"]}')
    with pytest.raises(EmulatorRefused, match="has no schedule"):
        fire_rule(monitoring.aws.tier, monitoring.name)
    with pytest.raises(EmulatorRefused, match="does not exist"):
        fire_rule(monitoring.aws.tier, f"{monitoring.name}-gone")


@pytest.mark.parametrize("seconds", [0, -1])
def test_time_never_runs_backwards(aws: EmulatedAws, seconds: int) -> None:
    with pytest.raises(EmulatorRefused, match="above zero"):
        let_time_pass(aws.tier, seconds=seconds)


def test_a_secret_grows_old_and_its_schedule_comes_due(secret: ToySecret, aws: EmulatedAws) -> None:
    secret.attach()
    before = secret.description
    let_time_pass(aws.tier, seconds=2 * DAY)
    after = secret.description
    for name in ("CreatedDate", "NextRotationDate"):
        assert abs(before[name] - after[name] - timedelta(days=2)) < timedelta(minutes=1)
    let_time_pass(aws.tier, seconds=100 * DAY)
    until(lambda: secret.description.get("LastRotatedDate"))
    assert secret.description["LastRotatedDate"] > before["CreatedDate"]
