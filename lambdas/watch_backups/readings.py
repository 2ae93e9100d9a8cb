"""What was found, as the figures that alarms look at. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from lambdas.common.backup_layout import BackupId
from lambdas.watch_backups.drills import Drill

NEVER_HOURS: Final = 999.0
"""The age of what was never made: older than any threshold, so that its alarm goes off."""

Copy = Literal["source", "replica"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One metric; `copy` is the bucket that it is of, if it is of one."""

    name: str
    value: float
    unit: Literal["None", "Count", "Seconds"] = "None"
    copy: Copy | None = None


def age_hours(moment: datetime | None, *, now: datetime) -> float:
    """Hours since a moment; NEVER_HOURS where there is none, and never below 0."""
    return NEVER_HOURS if moment is None else max(0.0, (now - moment).total_seconds() / 3600)


def backup_age(newest: BackupId | None, *, copy: Copy, now: datetime) -> Figure:
    """How old the newest whole backup of a bucket is, counted from its beginning."""
    hours = age_hours(newest and newest.moment, now=now)
    return Figure(name="BackupAgeHours", value=hours, copy=copy)


def copy_age(reach: datetime | None, *, now: datetime) -> Figure:
    """How far RDS's copy of the automated backups is behind: hours since the latest moment it can restore."""
    return Figure(name="AutomatedCopyAgeHours", value=age_hours(reach, now=now))


def pending(source: frozenset[str], replica: frozenset[str]) -> Figure:
    """How many objects of one backup are in the source's bucket and not in the replica's."""
    return Figure(name="ReplicationPendingObjects", value=len(source - replica), unit="Count")


def drill_figures(newest: Sequence[Drill], *, now: datetime, hours: int) -> Iterator[Figure]:
    """Read the drills, the newest first, as far back as the last that succeeded.

    One that still runs changes nothing yet: the result before it stands.
    """
    passed = next((one.began_at for one in newest if one.succeeded), None)
    yield Figure(name="DrillAgeHours", value=age_hours(passed, now=now))
    ended = [one for one in newest if one.report is not None or one.failed(now=now, hours=hours)]
    last = ended[0] if ended else None
    yield Figure(name="DrillFailed", value=int(last is not None and last.failed(now=now, hours=hours)))
    if last is None:
        return
    for name, key in (("MeasuredRtoSeconds", "rto_seconds"), ("MeasuredRpoSeconds", "rpo_seconds")):
        seconds = last.seconds(key)
        if seconds is not None:
            yield Figure(name=name, value=seconds, unit="Seconds")
