"""A service replaces its tasks step by step: the healthy ones never fall below its minimum."""

import pytest

from tools.rehearsal.fargate.rollout import (
    LONGEST_PAUSE_SECONDS,
    Member,
    Phase,
    Step,
    Wanted,
    next_step,
    pause_seconds,
    steady,
)


def new(name: str, phase: Phase = "healthy") -> Member:
    return Member(name=name, current=True, phase=phase)


def old(name: str, phase: Phase = "healthy") -> Member:
    return Member(name=name, current=False, phase=phase)


TWO = Wanted(desired=2)


def test_a_new_service_starts_all_its_tasks_at_once() -> None:
    assert next_step(TWO, []) == Step(start=2)


def test_tasks_on_their_way_are_waited_for() -> None:
    assert next_step(TWO, [new("a", "starting"), new("b")]).nothing


def test_an_update_starts_the_new_tasks_beside_the_old_ones() -> None:
    assert next_step(TWO, [old("a"), old("b")]) == Step(start=2)


def test_old_tasks_stay_until_all_new_ones_are_healthy() -> None:
    assert next_step(TWO, [old("a"), old("b"), new("c"), new("d", "starting")]).nothing
    assert next_step(TWO, [old("a"), old("b"), new("c"), new("d")]) == Step(stop=("a", "b"))


def test_without_room_beside_them_old_tasks_go_first_down_to_the_minimum() -> None:
    tight = Wanted(desired=2, minimum_percent=50, maximum_percent=100)
    assert next_step(tight, [old("a"), old("b")]) == Step(stop=("a",))
    assert next_step(tight, [old("a", "stopping"), old("b")]) == Step(start=1)
    assert next_step(tight, [old("b"), new("c", "starting")]).nothing
    assert next_step(tight, [old("b"), new("c")]) == Step(stop=("b",))


def test_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    assert next_step(TWO, [new("a"), new("b", "unhealthy")]) == Step(start=1)
    assert next_step(TWO, [new("a"), new("b", "unhealthy"), new("c")]) == Step(stop=("b",))


def test_a_task_that_stops_is_no_longer_counted() -> None:
    assert next_step(TWO, [new("a"), new("b", "stopping")]) == Step(start=1)


def test_fewer_are_wanted() -> None:
    assert next_step(TWO, [new("a"), new("b"), new("c")]) == Step(stop=("c",))


def test_a_deleted_service_stops_everything() -> None:
    none = Wanted(desired=0, minimum_percent=0)
    assert set(next_step(none, [new("a"), old("b", "unhealthy"), old("c")]).stop) == {"a", "b", "c"}


def test_it_is_steady_when_all_new_tasks_are_healthy_and_no_old_one_serves() -> None:
    assert steady(TWO, [new("a"), new("b"), old("c", "stopping")])
    assert not steady(TWO, [new("a"), new("b", "starting")])
    assert not steady(TWO, [new("a"), new("b"), old("c")])
    assert not steady(TWO, [new("a")])


@pytest.mark.parametrize(("desired", "failures"), [(1, 3), (2, 3), (20, 10), (1000, 200)])
def test_a_deployment_has_failed_after_half_its_tasks_within_bounds(desired: int, failures: int) -> None:
    assert Wanted(desired=desired).failures == failures


def test_the_pause_grows_with_failures_in_a_row() -> None:
    assert pause_seconds(0) == 0
    assert pause_seconds(1) < pause_seconds(2) < pause_seconds(3)
    assert pause_seconds(100) == LONGEST_PAUSE_SECONDS
