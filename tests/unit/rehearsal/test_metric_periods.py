"""A metric's points fall into the periods that an alarm looks at, the running one included."""

from tools.rehearsal.seams import Record
from tools.rehearsal.services.metric_periods import periods

PERIOD = 300
BEGUN = 1_700_000_100.0  # a multiple of the period


def points(*moments: float, unit: str = "Count") -> list[Record]:
    return [Record(Timestamp=BEGUN + moment, Value=1.0, Unit=unit) for moment in moments]


def counts(those: list[Record], *, at: float, count: int = 3, unit: str | None = None) -> list[int]:
    found = periods(those, seconds=PERIOD, count=count, now=BEGUN + at, unit=unit)
    return [len(points) for points in found]


def test_a_point_counts_at_once_in_the_period_that_runs() -> None:
    assert counts(points(0, 1), at=1) == [0, 0, 2]


def test_a_period_that_runs_is_not_missing_before_its_end() -> None:
    assert counts(points(-1), at=299) == [0, 0, 1]
    assert counts(points(-1), at=300) == [0, 1, 0]


def test_each_period_has_its_own_points() -> None:
    assert counts(points(-600, -301, -300, -1, 0), at=10) == [2, 2, 1]


def test_what_is_older_than_the_range_is_not_looked_at() -> None:
    assert counts(points(-601, -2000), at=10, count=2) == [0, 0]


def test_the_periods_begin_at_multiples_of_their_length() -> None:
    assert BEGUN % PERIOD == 0
    assert counts(points(-1, 1), at=2, count=2) == [1, 1]


def test_only_points_of_the_alarms_unit_count() -> None:
    assert counts([*points(1), *points(1, unit="Seconds")], at=2, unit="Seconds") == [0, 0, 1]
