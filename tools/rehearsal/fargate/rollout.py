"""What the scheduler of a service does next: which tasks to start, which to stop. Pure.

Source: "Amazon ECS services", 'Rolling updates' (minimumHealthyPercent, maximumPercent) and 'Deployment
circuit breaker' (a threshold of half the desired tasks, no fewer than three and no more than 200).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase: TypeAlias = Literal["starting", "healthy", "unhealthy", "stopping"]

FEWEST_FAILURES, MOST_FAILURES = 3, 200
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


@dataclass(frozen=True, kw_only=True)
class Member:
    """One task: is it of the deployment that is wanted, and how is it?"""

    name: str
    current: bool
    phase: Phase


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How many tasks there are to be, and how many may be missing or too many on the way; in per cent."""

    desired: int
    minimum_percent: int = 100
    maximum_percent: int = 200

    @property
    def fewest(self) -> int:
        """How many healthy tasks an update leaves at least."""
        return math.ceil(self.desired * self.minimum_percent / 100)

    @property
    def most(self) -> int:
        """How many tasks run at most."""
        return max(self.desired * self.maximum_percent // 100, min(self.desired, 1))

    @property
    def failures(self) -> int:
        """How many tasks in a row may fail before a deployment has failed."""
        return min(MOST_FAILURES, max(FEWEST_FAILURES, math.ceil(self.desired / 2)))


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now; nothing, where all is as wanted or must be waited for."""

    start: int = 0
    stop: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.start or self.stop)


def next_step(wanted: Wanted, members: Sequence[Member]) -> Step:
    """Return the next step. Tasks that are stopping are on their way and count for nothing."""
    there = [member for member in members if member.phase != "stopping"]
    promising = [one for one in there if one.current and one.phase != "unhealthy"]
    rest = [one for one in there if one not in promising]
    surplus = promising[wanted.desired :] if len(promising) > wanted.desired else []
    healthy = [one for one in there if one.phase == "healthy"]
    ready = [one for one in promising if one.phase == "healthy"]
    room = max(0, len(healthy) - wanted.fewest)
    stop: list[str] = [one.name for one in surplus]
    room -= sum(one.phase == "healthy" for one in surplus)
    start = min(max(0, wanted.desired - len(promising)), max(0, wanted.most - len(there)))
    replaced = len(ready) >= wanted.desired
    crowded = wanted.desired > len(promising) and not start
    for one in sorted(rest, key=lambda member: member.phase == "healthy"):
        if one.phase != "healthy" and (replaced or crowded):
            stop.append(one.name)
        elif one.phase == "healthy" and room > 0 and (replaced or crowded):
            stop.append(one.name)
            room -= 1
    return Step(start=start, stop=tuple(stop))


def steady(wanted: Wanted, members: Sequence[Member]) -> bool:
    """Tell whether a deployment has ended well: all wanted tasks are healthy, and others at most stopping."""
    there = [member for member in members if member.phase != "stopping"]
    return len(there) == wanted.desired and all(one.current and one.phase == "healthy" for one in there)


def pause_seconds(failures: int) -> float:
    """Return how long the scheduler waits before it starts a task again, after some failures in a row."""
    if failures == 0:
        return 0.0
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
