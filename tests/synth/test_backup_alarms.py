"""What is told of backups and drills, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.synth.backups import HERE, THERE, alarms, text

if TYPE_CHECKING:
    from tests.synth.template import Resource, Tier


def dimensions(alarm: Resource) -> dict[str, str]:
    return {it["Name"]: text(it["Value"]) for it in alarm["Dimensions"]}


@pytest.mark.parametrize(
    ("what", "metric", "above", "more"),
    [
        ("backup-age-source", "BackupAgeHours", 26, {"Copy": "source"}),
        ("backup-age-replica", "BackupAgeHours", 27, {"Copy": "replica"}),
        ("automated-copy-age", "AutomatedCopyAgeHours", 6, {}),
        ("drill-age", "DrillAgeHours", 192, {}),
        ("drill-failed", "DrillFailed", 0, {}),
        ("backup-replication-pending", "ReplicationPendingObjects", 0, {}),
    ],
)
def test_what_is_looked_at_each_hour_alarms_beyond_its_limit_and_when_it_is_silent(
    prod: Tier, what: str, metric: str, above: int, more: dict[str, str]
) -> None:
    it = alarms(prod, HERE)[what]
    assert (it["Namespace"], it["MetricName"], it["Threshold"]) == ("datatier/prod", metric, above)
    assert it["ComparisonOperator"] == "GreaterThanThreshold"
    assert it["TreatMissingData"] == "breaching"
    assert it["Period"] >= 7200
    assert dimensions(it) == {"Database": "app", **more}


def test_objects_must_have_lacked_for_three_hours_without_a_break(prod: Tier) -> None:
    it = alarms(prod, HERE)["backup-replication-pending"]
    assert (it["Statistic"], it["Period"], it["EvaluationPeriods"]) == ("Minimum", 3 * 3600, 1)


def test_a_task_that_tells_of_its_failure_raises_an_alarm(prod: Tier) -> None:
    it = alarms(prod, HERE)["backup-failed"]
    assert (it["MetricName"], it["Statistic"]) == ("BackupSucceeded", "Minimum")
    assert (it["Threshold"], it["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert it["TreatMissingData"] == "notBreaching"


def test_a_restore_that_takes_too_long_raises_an_alarm(prod: Tier) -> None:
    it = alarms(prod, HERE)["drill-rto"]
    assert (it["MetricName"], it["Threshold"]) == ("MeasuredRtoSeconds", 14_400)


@pytest.mark.parametrize(
    ("part", "what", "metric"),
    [
        (HERE, "backup-replication-failed", "OperationsFailedReplication"),
        (THERE, "backup-replication-latency", "ReplicationLatency"),
    ],
)
def test_what_s3_says_of_its_copying_is_heard_in_the_region_where_it_says_it(
    prod: Tier, part: str, what: str, metric: str
) -> None:
    it = alarms(prod, part)[what]
    assert (it["Namespace"], it["MetricName"]) == ("AWS/S3", metric)
    assert dimensions(it) == {
        "SourceBucket": "datatier-prod-backups-account-us-east-1",
        "DestinationBucket": "datatier-prod-backups-account-us-west-2",
        "RuleId": "recovery",
    }


@pytest.mark.parametrize(("part", "what"), [(HERE, "backup-not-started"), (THERE, "drill-not-started")])
def test_a_task_that_could_not_be_started_raises_an_alarm(prod: Tier, part: str, what: str) -> None:
    it = alarms(prod, part)[what]
    assert (it["Namespace"], it["MetricName"]) == ("AWS/Events", "FailedInvocations")
    assert it["Dimensions"][0]["Value"]["Ref"] in prod.stack(part).all("AWS::Events::Rule")


def test_who_looks_is_looked_at(prod: Tier) -> None:
    it = alarms(prod, HERE)["watch-backups-errors"]
    assert (it["Namespace"], it["MetricName"], it["Statistic"]) == ("AWS/Lambda", "Errors", "Sum")


def test_every_alarm_tells_a_topic_of_its_own_region_and_names_the_runbook(prod: Tier) -> None:
    for part, topic in ((HERE, "Fn::ImportValue"), (THERE, "Ref")):
        for it in alarms(prod, part).values():
            (action,) = it["AlarmActions"]
            assert action.keys() == {topic}
            assert "docs/runbooks/disaster-recovery.md" in text(it["AlarmDescription"])
