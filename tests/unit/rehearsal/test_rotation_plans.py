"""A secret's next date stays where it is while rotations fail; what is due moves on to the next window."""

from datetime import UTC, datetime, timedelta

from tools.rehearsal.services.plans import Plan
from tools.rehearsal.services.schedules import Every

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVERY_MINUTE = Every(count=1, unit="minute")
MINUTE = timedelta(minutes=1)


def test_a_schedule_says_when_the_first_rotation_is_due() -> None:
    plan = Plan()
    plan.follow(EVERY_MINUTE, now=NOW)
    assert plan.due == NOW + MINUTE
    assert plan.dates == {"NextRotationDate": (NOW + MINUTE).timestamp()}


def test_a_rotation_that_was_started_and_failed_leaves_its_date_in_the_past() -> None:
    plan = Plan()
    plan.follow(EVERY_MINUTE, now=NOW)
    plan.start(now=NOW + MINUTE)
    assert plan.due == NOW + 2 * MINUTE
    assert plan.dates == {"NextRotationDate": (NOW + MINUTE).timestamp()}


def test_a_rotation_that_succeeded_moves_both_dates() -> None:
    plan = Plan()
    plan.follow(EVERY_MINUTE, now=NOW)
    plan.start(now=NOW + MINUTE)
    plan.finish(now=NOW + 3 * MINUTE)
    assert plan.due == NOW + 4 * MINUTE
    assert plan.dates == {
        "LastRotatedDate": (NOW + 3 * MINUTE).timestamp(),
        "NextRotationDate": (NOW + 4 * MINUTE).timestamp(),
    }


def test_without_a_schedule_nothing_comes_next() -> None:
    plan = Plan()
    plan.follow(None, now=NOW)
    plan.finish(now=NOW)
    assert plan.due is None
    assert plan.dates == {"LastRotatedDate": NOW.timestamp()}


def test_a_schedule_that_is_given_up_is_never_due() -> None:
    plan = Plan()
    plan.follow(EVERY_MINUTE, now=NOW)
    plan.end()
    assert (plan.due, plan.dates) == (None, {})
