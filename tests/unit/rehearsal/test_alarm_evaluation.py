"""An alarm's state follows from its periods as CloudWatch's guide tables it, missing data included."""

from typing import get_args

import pytest

from tools.rehearsal.services.alarm_evaluation import Condition, State, Treatment, evaluate

KEPT = None
A: State = "ALARM"
I: State = "INSUFFICIENT_DATA"  # noqa: E741  # a column of the table
O: State = "OK"  # noqa: E741  # a column of the table

# CloudWatch guide, "Configuring how CloudWatch alarms treat missing data". X breaches, 0 does not, - misses.
# The columns are: missing, ignore, breaching, notBreaching.
THREE_OF_THREE = {
    "0 - X - X": (O, O, O, O),
    "- - - - 0": (O, O, O, O),
    "- - - - -": (I, KEPT, A, O),
    "0 X X - X": (A, A, A, A),
    "- - X - -": (A, KEPT, A, O),
}
TWO_OF_THREE = {
    "0 - X - X": (A, A, A, A),
    "0 0 X 0 X": (A, A, A, A),
    "0 - X - -": (O, O, A, O),
    "- - - - 0": (O, O, A, O),
    "- - - X -": (A, KEPT, A, O),
}
# The same page, "Avoiding premature transitions to alarm state": not at once an alarm where data is missing.
PREMATURE = ("- - - - X", "- - - X -")
TREATMENTS: tuple[Treatment, ...] = ("missing", "ignore", "breaching", "notBreaching")


def condition(treatment: Treatment = "missing", *, periods: int = 3, datapoints: int = 3) -> Condition:
    return Condition(
        comparison="GreaterThanThreshold",
        threshold=0,
        periods=periods,
        datapoints=datapoints,
        treatment=treatment,
    )


def values(row: str) -> list[float | None]:
    return [{"X": 1.0, "0": 0.0}.get(mark) for mark in row.split()]


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(
    ("datapoints", "row", "states"),
    [
        *((3, row, states) for row, states in THREE_OF_THREE.items()),
        *((2, row, states) for row, states in TWO_OF_THREE.items()),
    ],
)
def test_the_state_is_the_one_of_the_table(
    datapoints: int, row: str, states: tuple[State | None, ...], treatment: Treatment
) -> None:
    asked = condition(treatment, datapoints=datapoints)
    assert evaluate(asked, values(row)).state == states[TREATMENTS.index(treatment)]


def test_the_table_has_every_treatment() -> None:
    assert sorted(TREATMENTS) == sorted(get_args(Treatment))


@pytest.mark.parametrize("treatment", ["missing", "ignore"])
@pytest.mark.parametrize("row", PREMATURE)
def test_one_breaching_value_after_silence_is_no_alarm_yet(row: str, treatment: Treatment) -> None:
    assert evaluate(condition(treatment), values(row)).state != A


def test_one_of_one_goes_off_with_the_latest_value_and_returns_with_the_next() -> None:
    one = condition("notBreaching", periods=1, datapoints=1)
    assert evaluate(one, values("0 0 X")).state == A
    assert evaluate(one, values("0 X 0")).state == O


def test_an_alarm_outlasts_its_period_while_nothing_follows_it_in_the_range() -> None:
    one = condition("notBreaching", periods=1, datapoints=1)
    assert evaluate(one, values("X - -")).state == A
    assert evaluate(one, values("- - -")).state == O


def test_only_as_many_missing_values_count_as_are_needed() -> None:
    verdict = evaluate(condition("breaching"), values("- 0 - - X"))
    assert (verdict.evaluated, verdict.filled, verdict.state) == ((0.0, 1.0), 1, O)


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [6]),
        ("GreaterThanOrEqualToThreshold", [5, 6]),
        ("LessThanThreshold", [4]),
        ("LessThanOrEqualToThreshold", [4, 5]),
    ],
)
def test_each_comparison_breaches_on_its_side(comparison: str, breaching: list[int]) -> None:
    asked = Condition.read({"ComparisonOperator": comparison, "Threshold": 5.0, "EvaluationPeriods": 1})
    assert asked is not None
    assert [value for value in (4, 5, 6) if asked.breached(value)] == breaching


def test_what_is_left_out_is_read_as_cloudwatch_reads_it() -> None:
    asked = Condition.read({"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3})
    assert asked is not None
    assert (asked.datapoints, asked.treatment, asked.range) == (3, "missing", 5)


def test_a_band_of_anomaly_detection_is_not_evaluated() -> None:
    assert Condition.read({"ComparisonOperator": "GreaterThanUpperThreshold"}) is None
