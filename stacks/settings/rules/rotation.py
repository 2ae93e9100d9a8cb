"""Rules on rotations: whole windows, one at a time, none before clients have read again. Asks no clock."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import combinations

from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding
from stacks.settings.schedules import FIRST_DAY, HOURS_A_DAY, parse_schedule

HOUR = 3_600


def windows_end_with_their_day(environment: Environment) -> Iterator[Finding]:
    """Secrets Manager refuses a window that goes on into the next day."""
    hours = environment.rotation.window_hours
    for key, text in _schedules(environment):
        latest = parse_schedule(text).latest_hour
        if latest + hours > HOURS_A_DAY:
            yield Finding(
                key,
                f"must open at {HOURS_A_DAY - hours}:00 or earlier: rotation.window_hours = {hours}, and a "
                "window ends with its day at the latest",
                ("rotation.window_hours",),
            )


def clients_have_read_again(environment: Environment) -> Iterator[Finding]:
    """Two rotations may be as near as the end of one window is to the opening of the next."""
    rotation = environment.rotation
    for key, text in _schedules(environment):
        left = (parse_schedule(text).shortest_hours - rotation.window_hours) * HOUR
        if left < rotation.client_cache_seconds:
            yield Finding(
                key,
                f"must leave {rotation.client_cache_seconds} s (rotation.client_cache_seconds) from the end "
                f"of a window to the next one; with rotation.window_hours = {rotation.window_hours} it "
                f"leaves {max(left, 0)} s",
                ("rotation.client_cache_seconds", "rotation.window_hours"),
            )


def rotations_take_turns(environment: Environment) -> Iterator[Finding]:
    """When something breaks, one credential has changed. Of rates it is known only when they are the same."""
    hours = environment.rotation.window_hours
    for (first, one), (key, other) in combinations(_schedules(environment), 2):
        if (met := _first_meeting(one, other, hours)) is not None:
            yield Finding(
                key,
                f'must not meet {first} = "{one}", so that one credential changes at a time{met}',
                (first, "rotation.window_hours"),
            )


@cache
def _first_meeting(one: str, other: str, window_hours: int) -> str | None:
    """Where two schedules' windows meet first, in words to end a sentence; None where they never do."""
    if one == other:
        return ": they are the same"
    openings = parse_schedule(other).openings
    near = {opening + shift for opening in openings for shift in range(1 - window_hours, window_hours)}
    met = next((opening for opening in parse_schedule(one).openings if opening in near), None)
    if met is None:
        return None
    day = FIRST_DAY + timedelta(days=met // HOURS_A_DAY)
    return f": both may happen on {day.isoformat()} at {met % HOURS_A_DAY}:00"


def _schedules(environment: Environment) -> list[tuple[str, str]]:
    schedules: dict[str, str] = environment.rotation.schedules.model_dump()
    return [(f"rotation.schedules.{key}", text) for key, text in schedules.items()]


ROTATION = (windows_end_with_their_day, clients_have_read_again, rotations_take_turns)
