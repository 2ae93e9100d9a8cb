"""Rotation schedules are read as Secrets Manager reads them, over years with and without a leap day."""

import datetime as dt
from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from stacks.settings import Environment
from stacks.settings.rotation import longest_days
from stacks.settings.schedules import FIRST_DAY, YEARS, parse_schedule

Load = Callable[[str], Environment]

START = dt.datetime.combine(FIRST_DAY, dt.time(), tzinfo=dt.UTC)


def opens(text: str, year: int = 2028) -> list[str]:
    """When the windows of one year open, as `MM-DD HH`."""
    openings = (START + dt.timedelta(hours=hour) for hour in parse_schedule(text).openings)
    return [f"{at:%m-%d %H}" for at in openings if at.year == year]


@pytest.mark.parametrize(
    ("text", "first", "times"),
    [
        ("cron(0 8 4 1,4,7,10 ? *)", ["01-04 08", "04-04 08", "07-04 08", "10-04 08"], 4),
        ("cron(0 8 4 JAN,APR,JUL,OCT ? *)", ["01-04 08", "04-04 08", "07-04 08", "10-04 08"], 4),
        ("cron(0 16 L * ? *)", ["01-31 16", "02-29 16", "03-31 16"], 12),
        ("cron(0 0 ? * SUN#1 *)", ["01-02 00", "02-06 00", "03-05 00"], 12),
        ("cron(0 0 ? * 1#1 *)", ["01-02 00", "02-06 00", "03-05 00"], 12),
        ("cron(0 5 ? * 6L *)", ["01-28 05", "02-25 05", "03-31 05"], 12),
        ("cron(0 5 ? * L *)", ["01-01 05", "01-08 05", "01-15 05"], 53),
        ("cron(0 5 ? * MON-WED *)", ["01-03 05", "01-04 05", "01-05 05", "01-10 05"], 156),
        ("cron(0 4/12 1 * ? *)", ["01-01 04", "01-01 16", "02-01 04"], 24),
        ("cron(0 8 1/7 3 ? *)", ["03-01 08", "03-08 08", "03-15 08", "03-22 08", "03-29 08"], 5),
        ("cron(0 */6 1-3 6/6 ? *)", ["06-01 00", "06-01 06", "06-01 12", "06-01 18", "06-02 00"], 24),
        ("cron(0 8 30 * ? *)", ["01-30 08", "03-30 08"], 11),
        ("cron(0 8 ? 1 SUN#1 *)", ["01-02 08"], 1),
    ],
)
def test_a_cron_expression_opens_windows_on_the_days_that_it_names(
    text: str, first: list[str], times: int
) -> None:
    found = opens(text)
    assert found[: len(first)] == first
    assert len(found) == times


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("rate(4 hours)", 4, 4),
        ("rate(1 day)", 24, 24),
        ("rate(90 days)", 90 * 24, 90 * 24),
        ("cron(0 0/4 * * ? *)", 4, 4),
        ("cron(0 4/12 * * ? *)", 12, 12),
        ("cron(0 8 1 * ? *)", 28 * 24, 31 * 24),
        ("cron(0 8 4 1,4,7,10 ? *)", 90 * 24, 92 * 24),
        ("cron(0 8 1 1 ? *)", 365 * 24, 366 * 24),
    ],
)
def test_the_pause_between_two_rotations_is_the_shortest_and_the_longest_of_many_years(
    text: str, shortest: int, longest: int
) -> None:
    schedule = parse_schedule(text)
    assert (schedule.shortest_hours, schedule.longest_hours) == (shortest, longest)


def test_the_years_laid_out_hold_a_leap_day_and_end_with_december() -> None:
    every_day = parse_schedule("cron(0 0 * * ? *)").openings
    days = [START + dt.timedelta(hours=hour) for hour in every_day]
    assert len(days) == 365 * YEARS + 2
    assert (days[-1].month, days[-1].day) == (12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cron()",
        "cron(0 8 12 * ?)",
        "cron(0 8 12 * ? * *)",
        "CRON(0 8 12 * ? *)",
        "cron(0 8 12 * ? *) ",
        "cron(0  8 12 * ? *)",
        "cron(0 8 LW * ? *)",
        "cron(0 8 12 0 ? *)",
        "cron(0 8 12 13 ? *)",
        "cron(0 8 ? * SUN#6 *)",
        "cron(0 8 ? * SUN-FUN *)",
        "cron(0 9-8 12 * ? *)",
        "cron(0 8/0 12 * ? *)",
        "cron(0 *-8 12 * ? *)",
        "cron(0 8, 12 * ? *)",
        "cron(0 ८ 12 * ? *)",
        "cron(0 8 ²/² * ? *)",
        "cron(0 8 ? * ?#1 *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 ? * 12#1 *)",
        "rate(0 days)",
        "rate(90)",
        "rate(90 day)",
        "rate(1 hour)",
        "rate(2 weeks)",
        "rate(-1 days)",
    ],
)
def test_what_secrets_manager_would_not_take_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="must "):
        parse_schedule(text)


def test_by_default_everything_rotates_quarterly_each_on_a_day_of_its_own(load_with: Load) -> None:
    schedules: dict[str, str] = load_with("").rotation.schedules.model_dump()
    assert len(schedules) == 8
    days = [day for text in schedules.values() for day in opens(text)]
    assert len(days) == len(set(days)) == 8 * 4


def test_whoever_serves_nobody_rotates_before_the_application_and_the_master_last(load_with: Load) -> None:
    schedules: dict[str, str] = load_with("").rotation.schedules.model_dump()
    order = sorted(schedules, key=lambda name: opens(schedules[name])[0])
    assert order.index("monitor") < order.index("app") < order.index("master") == len(order) - 1


def test_a_password_may_be_as_old_as_the_longest_pause_and_a_window(load_with: Load) -> None:
    settings = load_with('rotation.schedules.app = "rate(30 days)"\nrotation.window_hours = 16').rotation
    assert longest_days(settings)["app"] == 31
    assert longest_days(load_with("").rotation)["monitor"] == 93


def test_schedules_that_only_touch_are_accepted(load_with: Load) -> None:
    assert load_with('rotation.schedules.app = "cron(0 10 6 1,4,7,10 ? *)"')
