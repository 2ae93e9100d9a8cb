"""The recurring windows of RDS and ElastiCache, in UTC, as comparable values. Never asks a clock."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from stacks.settings.constraints import refuse

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = len(DAYS) * MINUTES_A_DAY

_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAY = f"({'|'.join(DAYS)})"


@dataclass(frozen=True)
class Window:
    """A span that starts `start` minutes into its cycle and lasts `minutes`; `str()` gives AWS's spelling."""

    text: str
    start: int
    minutes: int

    cycle: ClassVar[int]
    accepts: ClassVar[str]

    def __str__(self) -> str:
        """AWS's own spelling, as it was read."""
        return self.text

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read AWS's spelling; a window may run past midnight or past Sunday.

        Raises:
            PydanticCustomError: `text` is not such a window.
        """
        ends = cls._ends(text)
        if ends is None:
            raise refuse(f"must be {cls.accepts}")
        start, end = ends
        return cls(text=text, start=start, minutes=(end - start) % cls.cycle)

    @classmethod
    def _ends(cls, text: str) -> tuple[int, int] | None:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Self], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept text only and keep the parsed window; write it back as text."""
        del source, handler
        return core_schema.no_info_after_validator_function(
            cls.parse, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )

    def occurrences(self) -> list[tuple[int, int]]:
        """Every span of the window in one week, as (start, end) minutes from Monday 00:00."""
        return [
            (first + self.start, first + self.start + self.minutes)
            for first in range(0, MINUTES_A_WEEK, self.cycle)
        ]

    def overlaps(self, other: "Window") -> bool:
        """Say whether some moment of the week lies in both windows."""
        return any(
            mine[0] + shift < theirs[1] and theirs[0] < mine[1] + shift
            for mine in self.occurrences()
            for theirs in other.occurrences()
            for shift in (-MINUTES_A_WEEK, 0, MINUTES_A_WEEK)
        )


class DailyWindow(Window):
    """`HH:MM-HH:MM`, every day."""

    cycle: ClassVar[int] = MINUTES_A_DAY
    accepts: ClassVar[str] = "a daily window in UTC, HH:MM-HH:MM, such as '02:00-04:00'"

    @classmethod
    def _ends(cls, text: str) -> tuple[int, int] | None:
        found = re.fullmatch(f"{_CLOCK}-{_CLOCK}", text)
        if found is None:
            return None
        hour, minute, end_hour, end_minute = map(int, found.groups())
        return hour * 60 + minute, end_hour * 60 + end_minute


class WeeklyWindow(Window):
    """`ddd:HH:MM-ddd:HH:MM`, once a week."""

    cycle: ClassVar[int] = MINUTES_A_WEEK
    accepts: ClassVar[str] = "a weekly window in UTC, ddd:HH:MM-ddd:HH:MM, such as 'sun:04:30-sun:05:30'"

    @classmethod
    def _ends(cls, text: str) -> tuple[int, int] | None:
        found = re.fullmatch(f"{_DAY}:{_CLOCK}-{_DAY}:{_CLOCK}", text)
        if found is None:
            return None
        day, hour, minute, end_day, end_hour, end_minute = found.groups()
        return (
            DAYS.index(day) * MINUTES_A_DAY + int(hour) * 60 + int(minute),
            DAYS.index(end_day) * MINUTES_A_DAY + int(end_hour) * 60 + int(end_minute),
        )


@dataclass(frozen=True)
class AtLeast:
    """The shortest window that the service accepts."""

    minutes: int

    @property
    def accepts(self) -> str:
        """The shortest length."""
        return f"at least {self.minutes} minutes long"

    def __get_pydantic_core_schema__(self, source: type[Window], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the window's length once it is parsed."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, window: Window) -> Window:
        if window.minutes < self.minutes:
            raise refuse(f"must be {self.accepts}; it lasts {window.minutes}")
        return window


BackupWindow = Annotated[DailyWindow, AtLeast(30)]
"""RDS: at least 30 minutes ("Backup window" in the RDS guide)."""
MaintenanceWindow = Annotated[WeeklyWindow, AtLeast(30)]
"""RDS: at least 30 minutes ("The Amazon RDS maintenance window")."""
SnapshotWindow = Annotated[DailyWindow, AtLeast(60)]
"""ElastiCache: at least 60 minutes ("Scheduling automatic backups")."""
CacheMaintenanceWindow = Annotated[WeeklyWindow, AtLeast(60)]
"""ElastiCache: at least 60 minutes ("Managing maintenance")."""
