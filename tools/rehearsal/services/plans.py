"""When a secret was rotated and when it rotates next, beside the emulator's record of it. Asks no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tools.rehearsal.services.schedules import Schedule


@dataclass(kw_only=True)
class Plan:
    """One secret's rotations.

    `next` is the date that DescribeSecret reports: it stays, in the past, while rotations fail. `due` is when
    the schedule starts one; whether it succeeds or not, the next is due with the next window.
    """

    schedule: Schedule | None = None
    rotated: datetime | None = None
    next: datetime | None = None
    due: datetime | None = None

    def follow(self, schedule: Schedule | None, *, now: datetime) -> None:
        """Take up a schedule."""
        self.schedule = schedule
        self.next = self.due = schedule.after(now) if schedule else None

    def start(self, *, now: datetime) -> None:
        """Begin the rotation that is due: the next is due later."""
        self.due = self.schedule.after(now) if self.schedule else None

    def finish(self, *, now: datetime) -> None:
        """Remember a rotation that succeeded."""
        self.rotated = now
        self.follow(self.schedule, now=now)

    def end(self) -> None:
        """Give the schedule up."""
        self.schedule = self.next = self.due = None

    def age(self, by: timedelta) -> None:
        """Let time pass: what was is longer ago, and what comes is nearer."""
        self.rotated = self.rotated - by if self.rotated else None
        self.next = self.next - by if self.next else None
        self.due = self.due - by if self.due else None

    @property
    def dates(self) -> dict[str, object]:
        """What DescribeSecret reports, in seconds of the epoch."""
        known = {"LastRotatedDate": self.rotated, "NextRotationDate": self.next}
        return {name: moment.timestamp() for name, moment in known.items() if moment}
