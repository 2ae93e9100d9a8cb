"""What is told of the poolers, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.settings import load_environment
from tests.synth.poolers import SERVICE, alarms, pooling, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.template import Tier


def test_a_full_pool_a_long_wait_and_refused_logins_raise_alarms(prod: Tier) -> None:
    for pool in ("primary", "replicas"):
        full, wait = alarms(prod)[f"pool-{pool}-utilization"], alarms(prod)[f"pool-{pool}-wait"]
        assert (full["MetricName"], full["Threshold"]) == ("PoolUtilization", 80)
        assert (wait["MetricName"], wait["Threshold"]) == ("PoolLongestWait", 5)
        for it in (full, wait):
            assert (it["Namespace"], it["Period"], it["EvaluationPeriods"]) == ("datatier/prod", 60, 5)
            assert it["Dimensions"] == [{"Name": "Pool", "Value": pool}]
            assert (it["Statistic"], it["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    refused = alarms(prod)["pooler-login-failures"]
    assert (refused["MetricName"], refused["Statistic"], refused["Threshold"]) == (
        "PoolLoginFailures",
        "Sum",
        10,
    )


def test_a_server_out_of_reach_and_the_poolers_silence_raise_an_alarm(prod: Tier) -> None:
    primary, replicas = (alarms(prod)[f"pool-{pool}-unreachable"] for pool in ("primary", "replicas"))
    for it in (primary, replicas):
        assert (it["MetricName"], it["Statistic"], it["Threshold"]) == ("PoolReachable", "Minimum", 1)
        assert it["ComparisonOperator"] == "LessThanThreshold"
    assert primary["TreatMissingData"] == "missing"
    assert primary["InsufficientDataActions"] == primary["AlarmActions"]


def test_a_metric_is_published_at_least_as_often_as_an_alarm_looks(prod: Tier) -> None:
    shortest = min(it["Period"] for it in alarms(prod).values() if it["Namespace"] == "datatier/prod")
    assert told(prod).metrics_seconds <= shortest


def test_where_there_is_no_replica_nobody_is_told_that_it_cannot_be_reached(
    pooled: Callable[..., Tier],
) -> None:
    assert "pool-replicas-unreachable" not in alarms(pooled())
    assert "pool-replicas-utilization" in alarms(pooled())


def test_fewer_tasks_than_wanted_raise_an_alarm(prod: Tier) -> None:
    it = alarms(prod)["pooler-tasks-missing"]
    assert (it["Namespace"], it["MetricName"]) == ("AWS/NetworkELB", "HealthyHostCount")
    assert (it["Statistic"], it["ComparisonOperator"]) == ("Minimum", "LessThanThreshold")
    assert it["Threshold"] == pooling(prod).one(SERVICE)["DesiredCount"]


def test_the_limits_of_the_alarms_are_settings(pooled: Callable[..., Tier]) -> None:
    limits = load_environment("dev").pooling.alarms.model_copy(
        update={"utilization_percent": 60, "wait_seconds": 2, "minutes": 3, "login_failures": 0}
    )
    it = alarms(pooled(alarms=limits))
    assert (it["pool-primary-utilization"]["Threshold"], it["pool-primary-wait"]["Threshold"]) == (60, 2)
    assert it["pool-primary-wait"]["EvaluationPeriods"] == 3
    assert it["pooler-login-failures"]["Threshold"] == 0
