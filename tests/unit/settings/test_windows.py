"""Windows are read as AWS writes them, are long enough, and overlaps are found across midnight and Sunday."""

import re
from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from stacks.settings.windows import MINUTES_A_WEEK, DailyWindow, WeeklyWindow, Window

Refusals = Callable[[str], list[str]]

DAILY = "a daily window in UTC, HH:MM-HH:MM, such as '02:00-04:00'"
WEEKLY = "a weekly window in UTC, ddd:HH:MM-ddd:HH:MM, such as 'sun:04:30-sun:05:30'"


def window(text: str) -> Window:
    return WeeklyWindow.parse(text) if text[0].isalpha() else DailyWindow.parse(text)


@pytest.mark.parametrize(
    ("text", "start", "minutes"),
    [
        ("02:00-04:00", 120, 120),
        ("23:30-00:30", 1410, 60),
        ("00:00-23:59", 0, 1439),
        ("mon:00:00-mon:00:30", 0, 30),
        ("sun:23:30-mon:00:30", 6 * 1440 + 1410, 60),
        ("sat:23:00-sun:01:00", 5 * 1440 + 1380, 120),
    ],
)
def test_a_window_is_parsed_and_written_back_as_it_was(text: str, start: int, minutes: int) -> None:
    parsed = window(text)
    assert (parsed.start, parsed.minutes, str(parsed)) == (start, minutes, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2:00-4:00",
        "02:00",
        "24:00-01:00",
        "02:60-03:00",
        "02:00 - 04:00",
        "02:00-04:00 ",
        "2-4 AM",
        "0२:00-04:00",
    ],
)
def test_what_is_no_daily_window_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match=re.escape(DAILY)):
        DailyWindow.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "02:00-04:00",
        "Sun:04:30-Sun:05:30",
        "sunday:04:30-sunday:05:30",
        "sun:04:30-05:30",
        "xyz:00:00-xyz:01:00",
    ],
)
def test_what_is_no_weekly_window_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match=re.escape(WEEKLY)):
        WeeklyWindow.parse(text)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("02:00-04:00", "sun:04:00-sun:05:00", False),
        ("02:00-04:00", "sun:03:59-sun:05:00", True),
        ("02:00-04:00", "wed:01:00-wed:02:00", False),
        ("23:30-00:30", "mon:00:00-mon:01:00", True),
        ("23:30-00:30", "sun:23:00-sun:23:30", False),
        ("00:00-01:00", "sun:23:30-mon:00:30", True),
        ("01:00-02:00", "sun:23:30-mon:01:00", False),
        ("02:00-04:00", "mon:12:00-tue:12:00", True),
        ("02:00-04:00", "03:00-05:00", True),
    ],
)
def test_an_overlap_is_found_from_either_side(one: str, other: str, overlap: bool) -> None:  # noqa: FBT001 - a table's column
    assert window(one).overlaps(window(other)) is overlap
    assert window(other).overlaps(window(one)) is overlap


def minutes_of(some: Window) -> set[int]:
    """Every minute of the week that a window covers, counted one by one."""
    return {minute % MINUTES_A_WEEK for start, end in some.occurrences() for minute in range(start, end)}


@pytest.mark.parametrize("hour", range(0, 24, 5))
@pytest.mark.parametrize("length", [1, 7, 20])
@pytest.mark.parametrize("day", ["mon", "thu", "sun"])
def test_overlap_agrees_with_counting_the_minutes_one_by_one(hour: int, length: int, day: str) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    end_day = days[(days.index(day) + (22 + length) // 24) % 7]
    weekly = WeeklyWindow.parse(f"{day}:22:00-{end_day}:{(22 + length) % 24:02}:00")
    daily = DailyWindow.parse(f"{hour:02}:15-{(hour + 3) % 24:02}:15")
    assert daily.overlaps(weekly) is bool(minutes_of(daily) & minutes_of(weekly))


@pytest.mark.parametrize(
    ("key", "value", "least", "lasts"),
    [
        ("database.backup_window", "02:00-02:29", 30, 29),
        ("database.maintenance_window", "sun:06:00-sun:06:10", 30, 10),
        ("cache.snapshot_window", "02:00-02:59", 60, 59),
        ("cache.maintenance_window", "sun:06:00-sun:06:30", 60, 30),
        ("database.backup_window", "02:00-02:00", 30, 0),
    ],
)
def test_a_window_shorter_than_the_service_accepts_is_refused(
    refusals: Refusals, key: str, value: str, least: int, lasts: int
) -> None:
    assert refusals(f'{key} = "{value}"') == [
        f'over.toml: {key} = "{value}": must be at least {least} minutes long; it lasts {lasts}'
    ]


def test_a_window_that_is_none_is_refused_with_the_form_it_should_have(refusals: Refusals) -> None:
    assert refusals('database.backup_window = "2-4 AM UTC"') == [
        f'over.toml: database.backup_window = "2-4 AM UTC": must be {DAILY}'
    ]
