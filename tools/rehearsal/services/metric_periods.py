"""A metric's points, sorted into the periods that an alarm looks at. Pure: it asks no clock."""

from collections.abc import Sequence
from typing import cast

from tools.rehearsal.seams import Record


def periods(
    points: Sequence[Record], *, seconds: int, count: int, now: float, unit: object = None
) -> list[list[Record]]:
    """Return the points of the last `count` periods, the oldest first; with a unit, only those that have it.

    Periods of so many `seconds` begin at multiples of them since the epoch. The one that runs at `now` is
    among them as soon as it has a point: an alarm need not wait for its end, and is not told that data is
    missing which may still come.
    """
    begun = now - now % seconds
    running = _within(points, begun, begun + seconds, unit)
    past = count - 1 if running else count
    starts = [begun - seconds * back for back in range(past, 0, -1)]
    complete = [_within(points, start, start + seconds, unit) for start in starts]
    return [*complete, running] if running else complete


def _within(points: Sequence[Record], start: float, end: float, unit: object) -> list[Record]:
    return [
        point
        for point in points
        if start <= cast("float", point["Timestamp"]) < end and (not unit or point.get("Unit") == unit)
    ]
