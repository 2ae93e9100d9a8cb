"""When Secrets Manager rotates: its cron and rate expressions, laid out over years. Never asks a clock.

Source: Secrets Manager guide, "Rotation schedules". Times are UTC, and a rotation happens at any moment of a
window that opens on the hour.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from stacks.settings.constraints import refuse

HOURS_A_DAY = 24
LEAST_HOURS = 4
MOST_RATE_DAYS = 999
MOST_CRON_DAYS = 53 * 7
"""What Secrets Manager takes: every four hours at most, and by cron once a year at least.

The first Sunday of January is 52 or 53 weeks from the next.
"""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

FIRST_DAY, YEARS = date(2025, 1, 1), 8
"""The calendar that an expression is laid out over: two leap years, and each date on different weekdays."""

ACCEPTS = "a schedule of Secrets Manager, such as 'cron(0 8 4 1,4,7,10 ? *)' or 'rate(90 days)'"

_RATE = re.compile(r"rate\((?:1 day|([2-9]|[1-9][0-9]{1,3}) (hour|day)s)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_PART = re.compile(r"(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:/([0-9]{1,2}))?")

_Opens = Callable[[date], bool]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """An expression, understood. Hours count from the first day of the calendar.

    `openings` is empty for a rate, whose days only Secrets Manager knows: it counts them from the last
    rotation. `latest_hour` is the last hour of a day at which a window opens.
    """

    openings: tuple[int, ...]
    shortest_hours: int
    longest_hours: int
    latest_hour: int


@dataclass(frozen=True)
class ScheduleExpression:
    """A text that Secrets Manager takes for a schedule."""

    @property
    def accepts(self) -> str:
        """Both forms, by example."""
        return ACCEPTS

    def __get_pydantic_core_schema__(self, source: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the text once it is known to be one."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, text: str) -> str:
        parse_schedule(text)
        return text


@cache
def parse_schedule(text: str) -> Schedule:
    """Read an expression.

    Raises:
        PydanticCustomError: Secrets Manager would refuse it.
    """
    if found := _RATE.fullmatch(text):
        return _rate(int(found[1] or 1), found[2] or "day")
    if found := _CRON.fullmatch(text):
        return _cron(found.groups())
    raise refuse(f"must be {ACCEPTS}")


def _rate(value: int, unit: str) -> Schedule:
    hours = value * (HOURS_A_DAY if unit == "day" else 1)
    if not LEAST_HOURS <= hours <= MOST_RATE_DAYS * HOURS_A_DAY:
        raise refuse(f"must be a rate of {LEAST_HOURS} hours to {MOST_RATE_DAYS} days")
    return Schedule(openings=(), shortest_hours=hours, longest_hours=hours, latest_hour=0)


def _cron(fields: tuple[str, ...]) -> Schedule:
    minutes, hours_text, month_day, months_text, weekday, year = fields
    if minutes != "0":
        raise refuse("must have 0 for the minutes, the first field: a window opens on the hour")
    if year != "*":
        raise refuse("must have * for the year, the last field: Secrets Manager takes no other")
    if (month_day == "?") == (weekday == "?"):
        raise refuse("must say either the day of the month or the day of the week, and ? for the other")
    hours = sorted(_values(hours_text, "hour", low=0, high=23))
    months = _values(months_text, "month", low=1, high=12, names=MONTHS)
    opens = _on_month_days(month_day) if weekday == "?" else _on_weekdays(weekday)
    openings = tuple(
        day * 24 + hour
        for day, at in enumerate(_days())
        if at.month in months and opens(at)
        for hour in hours
    )
    gaps = [later - sooner for sooner, later in pairwise(openings)]
    if not gaps or max(gaps) > MOST_CRON_DAYS * HOURS_A_DAY:
        raise refuse("must open a window at least once a year; there is no such day in some year")
    if min(gaps) < LEAST_HOURS:
        raise refuse(f"must leave {LEAST_HOURS} hours between two rotations; it leaves {min(gaps)} somewhere")
    return Schedule(
        openings=openings, shortest_hours=min(gaps), longest_hours=max(gaps), latest_hour=hours[-1]
    )


def _days() -> Iterator[date]:
    end = FIRST_DAY.replace(year=FIRST_DAY.year + YEARS)
    return (FIRST_DAY + timedelta(days=number) for number in range((end - FIRST_DAY).days))


def _on_month_days(text: str) -> _Opens:
    if text == "L":
        return lambda at: (at + timedelta(days=1)).day == 1
    days = _values(text, "day of the month", low=1, high=31)
    return lambda at: at.day in days


def _on_weekdays(text: str) -> _Opens:
    what = "day of the week"
    if found := re.fullmatch(r"([1-7A-Z]+)#([1-5])", text):
        (day,), week = _values(found[1], what, low=1, high=7, names=WEEKDAYS), int(found[2])
        return lambda at: _weekday(at) == day and (at.day - 1) // 7 + 1 == week
    if found := re.fullmatch(r"([1-7]|[A-Z]{3})L", text):
        (last,) = _values(found[1], what, low=1, high=7, names=WEEKDAYS)
        return lambda at: _weekday(at) == last and (at + timedelta(days=7)).month != at.month
    days = _values("SAT" if text == "L" else text, what, low=1, high=7, names=WEEKDAYS)
    return lambda at: _weekday(at) in days


def _weekday(at: date) -> int:
    """AWS counts from Sunday, which is 1."""
    return at.isoweekday() % 7 + 1


def _values(text: str, what: str, *, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Every number that a field stands for: `*`, `4`, `1,7`, `1-5`, `4/12`, and names for numbers."""

    def number(word: str) -> int:
        value = names.index(word) + 1 if word in names else int(word) if word.isdecimal() else low - 1
        if not low <= value <= high:
            raise refuse(f"must be {ACCEPTS}; '{text}' is no {what}")
        return value

    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match[1] == "*" and match[2]) or match[3] == "0":
            raise refuse(f"must be {ACCEPTS}; '{text}' is no {what}")
        start = low if match[1] == "*" else number(match[1])
        open_ended = match[1] == "*" or (match[3] and not match[2])
        end = number(match[2]) if match[2] else high if open_ended else start
        found.update(range(start, end + 1, int(match[3] or 1)))
    if not found:
        raise refuse(f"must be {ACCEPTS}; '{text}' is no {what}")
    return frozenset(found)
