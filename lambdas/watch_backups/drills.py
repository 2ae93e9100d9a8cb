"""What the drills of the replica's bucket have shown: the newest one's result and figures. It starts none.

A drill has begun when its folder is there, and ended when its report is. A report that cannot be read proves
nothing, and is taken for a failed drill's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, cast

from lambdas.common.backup_layout import DRILL_FORMAT, DRILL_REPORT, DRILLS, drill_moment
from lambdas.watch_backups.bucket import Bucket

_LOOK_BACK: Final = 60
"""Drills looked through for one that succeeded: more than a year of weekly ones."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill; `report` is None while it has none, and empty when it cannot be read."""

    began_at: datetime
    report: Mapping[str, object] | None

    @property
    def succeeded(self) -> bool:
        """Whether it has ended well."""
        return self.report is not None and self.report.get("succeeded") is True

    def failed(self, *, now: datetime, hours: int) -> bool:
        """Whether it has ended badly, or has said nothing for longer than a drill takes."""
        if self.report is None:
            return (now - self.began_at).total_seconds() > hours * 3600
        return not self.succeeded

    def seconds(self, name: str) -> float | None:
        """A figure of the report, or None where it has none."""
        value = None if self.report is None else self.report.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_report(document: bytes | None) -> Mapping[str, object] | None:
    """Read a report; see `Drill`. Pure."""
    if document is None:
        return None
    try:
        found: object = json.loads(document)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    report = cast("dict[str, object]", found)
    return report if report.get("format") == DRILL_FORMAT else {}


def drills(bucket: Bucket, *, database: str, now: datetime) -> Iterator[Drill]:
    """Yield the drills, the newest first, each read when it is asked for. Raises BucketUnreadable."""
    prefix = f"{DRILLS}{database}/"
    began: dict[datetime, str] = {}
    for name in bucket.folders(prefix):
        key = f"{prefix}{name}/{DRILL_REPORT}"
        try:
            began[drill_moment(key)] = key
        except ValueError:  # somebody else's folder
            continue
    newest = (moment for moment in sorted(began, reverse=True) if moment <= now)
    for moment in islice(newest, _LOOK_BACK):
        yield Drill(began_at=moment, report=read_report(bucket.document(began[moment])))


def back_to_success(newest_first: Iterable[Drill]) -> list[Drill]:
    """Return the drills as far back as one that succeeded, and ask for no more."""
    found: list[Drill] = []
    for drill in newest_first:
        found.append(drill)
        if drill.succeeded:
            break
    return found
