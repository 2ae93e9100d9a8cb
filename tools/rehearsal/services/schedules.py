"""When Secrets Manager rotates next, by the rules of a rotation. Pure: it never asks a clock.

Source: Secrets Manager guide, "Rotation schedules". Beyond it, a rate may count minutes, and fewer than four
hours: who watches a schedule come due cannot wait that long.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from tools.rehearsal.errors import InvalidProperty

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
UNITS: Mapping[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
HORIZON_DAYS = 8 * 366
"""Every day of the calendar comes within eight years, the 29th of February included."""

MOST_DAYS = 1000
HOURS_A_DAY = 24

_RATE = re.compile(r"rate\(([1-9][0-9]{0,5}) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_PART = re.compile(r"(\*|[0-9A-Z]*)(?:-([0-9A-Z]+))?(?:/([1-9][0-9]?))?")
_DURATION = re.compile(r"([1-9][0-9]?)h")

_Opens = Callable[[date], bool]


class Schedule(Protocol):
    """What knows the next moment."""

    def after(self, moment: datetime) -> datetime:
        """The first opening of a window after a moment, both in UTC."""
        ...


@dataclass(frozen=True, kw_only=True)
class Every:
    """An interval since the last rotation. Windows open on the hour, and at midnight for days."""

    count: int
    unit: str

    def after(self, moment: datetime) -> datetime:
        """See `Schedule`."""
        due = moment + self.count * UNITS[self.unit]
        if self.unit == "minute":
            return due
        whole = due.replace(minute=0, second=0, microsecond=0)
        return whole.replace(hour=0) if self.unit == "day" else whole


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days and hours of a cron expression."""

    hours: tuple[int, ...]
    opens: _Opens

    def after(self, moment: datetime) -> datetime:
        """See `Schedule`. Raises InvalidProperty: there is no such day."""
        for number in range(HORIZON_DAYS):
            day = moment.date() + timedelta(days=number)
            if not self.opens(day):
                continue
            for hour in self.hours:
                opening = datetime.combine(day, time(hour), tzinfo=UTC)
                if opening > moment:
                    return opening
        raise InvalidProperty("ScheduleExpression: there is no such day")


def parse_rules(rules: Mapping[str, object]) -> Schedule | None:
    """Read RotationRules; without an expression and days there is no schedule.

    Raises:
        InvalidProperty: Secrets Manager refuses them.
    """
    expression, days = rules.get("ScheduleExpression"), rules.get("AutomaticallyAfterDays")
    hours = _duration(rules.get("Duration"))
    if expression and days:
        raise InvalidProperty("RotationRules: ScheduleExpression or AutomaticallyAfterDays, not both")
    if days:
        return _days(str(days))
    if not expression:
        return None
    text = str(expression)
    if found := _RATE.fullmatch(text):
        return Every(count=int(found[1]), unit=found[2])
    if found := _CRON.fullmatch(text):
        return _cron(text, found.groups(), hours)
    raise InvalidProperty(f"ScheduleExpression: '{text}' is neither a rate nor a cron of six fields")


def _duration(given: object) -> int:
    if given is None:
        return 1
    found = _DURATION.fullmatch(str(given))
    if found is None or int(found[1]) > HOURS_A_DAY:
        raise InvalidProperty(f"Duration: '{given}' is no number of hours up to a day, such as '2h'")
    return int(found[1])


def _days(text: str) -> Every:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise InvalidProperty(f"AutomaticallyAfterDays: '{text}' is not between 1 and {MOST_DAYS}")
    return Every(count=int(text), unit="day")


def _cron(text: str, fields: tuple[str, ...], window_hours: int) -> Calendar:
    minutes, hours_text, month_day, months_text, weekday, year = fields
    if minutes != "0" or year != "*":
        raise InvalidProperty(f"ScheduleExpression: '{text}' must have 0 for the minutes and * for the year")
    if (month_day == "?") == (weekday == "?"):
        raise InvalidProperty(f"ScheduleExpression: '{text}' must have ? for one of the two kinds of day")
    hours = sorted(_values(hours_text, low=0, high=23))
    if hours[-1] + window_hours > HOURS_A_DAY:
        raise InvalidProperty(f"ScheduleExpression: the window of '{text}' goes on into the next day")
    months = _values(months_text, low=1, high=12, names=MONTHS)
    falls = _on_month_days(month_day) if weekday == "?" else _on_weekdays(weekday)
    calendar = Calendar(hours=tuple(hours), opens=lambda day: day.month in months and falls(day))
    calendar.after(datetime(2000, 1, 1, tzinfo=UTC))  # where there is no such day, it refuses
    return calendar


def _on_month_days(text: str) -> _Opens:
    if text == "L":
        return lambda day: (day + timedelta(days=1)).day == 1
    days = _values(text, low=1, high=31)
    return lambda day: day.day in days


def _on_weekdays(text: str) -> _Opens:
    if found := re.fullmatch(r"([1-7]|[A-Z]{3})#([1-5])", text):
        (wanted,), week = _values(found[1], low=1, high=7, names=WEEKDAYS), int(found[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == week
    if found := re.fullmatch(r"([1-7]|[A-Z]{3})L", text):
        (last,) = _values(found[1], low=1, high=7, names=WEEKDAYS)
        return lambda day: _weekday(day) == last and (day + timedelta(days=7)).month != day.month
    days = _values("SAT" if text == "L" else text, low=1, high=7, names=WEEKDAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    """AWS counts from Sunday, which is 1."""
    return day.isoweekday() % 7 + 1


def _values(text: str, *, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Every number that a field stands for: `*`, `4`, `1,7`, `1-5`, `4/12`, `*/3`, `/8`, and names."""

    def number(word: str) -> int:
        value = names.index(word) + 1 if word in names else int(word) if word.isdecimal() else low - 1
        if not low <= value <= high:
            raise InvalidProperty(f"ScheduleExpression: '{word}' in '{text}' is not from {low} to {high}")
        return value

    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match[1] in {"", "*"} and match[2]) or (not match[1] and not match[3]):
            raise InvalidProperty(f"ScheduleExpression: '{text}' is not from {low} to {high}")
        everything = match[1] in {"", "*"}
        start = low if everything else number(match[1])
        open_ended = everything or (match[3] and not match[2])
        end = number(match[2]) if match[2] else high if open_ended else start
        found.update(range(start, end + 1, int(match[3] or 1)))
    if not found:
        raise InvalidProperty(f"ScheduleExpression: '{text}' stands for nothing")
    return frozenset(found)
