"""Which of many points a test tries: all of them with DATATIER_THOROUGH=1, otherwise every fourth.

A program is killed at each of its statements or calls in turn, each time with a server to prepare and to look
at; all of them take a third of the time of all tests. Every fourth is what a run before each commit has time
for. Where it begins differs from list to list, so that alike lists are not tried at alike points.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "DATATIER_THOROUGH"
EVERY = 4

Point = TypeVar("Point")


def sampled(points: Sequence[Point], *, start: int = 0) -> list[Point]:
    """Return the points to try, the same ones each time; `start` tells lists apart."""
    if os.environ.get(VARIABLE):
        return list(points)
    return list(points[start % min(EVERY, len(points) or 1) :: EVERY])
