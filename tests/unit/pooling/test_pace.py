"""The secrets are read when there is a reason, and no stranger makes that often."""

from __future__ import annotations

from containers.pgbouncer.flood import Flood
from containers.pgbouncer.pace import FIRST_PAUSE_SECONDS, Pace

BEAT = 300.0


def one_pass(pace: Pace, *, changed: bool, now: float) -> float:
    """Make a pass and return when it was due."""
    due = pace.due()
    pace.begin()
    pace.done(changed=changed, now=now)
    return due


def test_without_a_reason_the_secrets_are_read_on_the_beat() -> None:
    assert Pace(beat_seconds=BEAT, now=1000.0).due() == 1000 + BEAT


def test_the_first_refused_login_has_them_read_at_once() -> None:
    pace = Pace(beat_seconds=BEAT, now=1000.0)
    pace.ask()
    assert pace.due() <= 1000 + FIRST_PAUSE_SECONDS


def test_passes_that_change_nothing_come_less_and_less_often() -> None:
    pace, now, passes = Pace(beat_seconds=BEAT, now=0.0), 0.0, 0
    while now < 24 * 3600:
        pace.ask()  # somebody knocks all day
        now = max(now, pace.due())
        one_pass(pace, changed=False, now=now)
        passes += 1
    assert passes < 24 * 3600 / BEAT + 10


def test_a_pass_that_changed_something_makes_the_next_one_quick_again() -> None:
    pace = Pace(beat_seconds=BEAT, now=0.0)
    for _ in range(5):
        pace.ask()
        one_pass(pace, changed=False, now=pace.due())
    pace.ask()
    now = pace.due()
    one_pass(pace, changed=True, now=now)
    pace.ask()
    assert pace.due() - now == FIRST_PAUSE_SECONDS


def test_a_reason_that_comes_during_a_pass_has_another_one_made() -> None:
    pace = Pace(beat_seconds=BEAT, now=0.0)
    pace.begin()
    pace.ask()
    pace.done(changed=True, now=10.0)
    assert pace.due() == 10 + FIRST_PAUSE_SECONDS


def test_a_beat_shorter_than_the_pause_is_kept() -> None:
    pace = Pace(beat_seconds=1.0, now=0.0)
    pace.ask()
    assert pace.due() == 1


def test_a_flood_of_lines_is_cut_and_counted() -> None:
    flood = Flood(lines=3)
    passed = [flood.passes(0.1 * number)[0] for number in range(5)]
    assert passed == [True, True, True, False, False]
    assert flood.passes(2.0) == (True, 2)
    assert flood.passes(2.1) == (True, 0)
