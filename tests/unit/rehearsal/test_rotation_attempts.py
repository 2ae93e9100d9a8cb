"""A rotation whose step fails is tried again as a whole, five times in all, and ends when nobody wants it."""

from collections.abc import Sequence

import pytest

from tools.rehearsal.services.attempts import STEPS, Ending, StepFailed, rotate


class Toy:
    """A rotation whose steps fail as they are told to, and that may be given up at some step."""

    def __init__(self, *, failing: Sequence[str] = (), wanted: int = 1_000, finishes: bool = True) -> None:
        self.failing = list(failing)
        self.wanted = wanted
        self.finishes = finishes
        self.taken: list[str] = []
        self.failures: list[int] = []

    def goes_on(self) -> bool:
        return len(self.taken) < self.wanted

    def take(self, step: str) -> None:
        self.taken.append(step)
        if self.failing and self.failing[0] == step:
            self.failing.pop(0)
            raise StepFailed(step)

    def is_current(self) -> bool:
        return self.finishes

    def failed(self, attempt: int, error: StepFailed) -> None:  # noqa: ARG002  # the shape of every rotation
        self.failures.append(attempt)


def test_four_steps_make_a_version_current() -> None:
    toy = Toy()
    assert rotate(toy) is Ending.SUCCEEDED
    assert toy.taken == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_has_all_steps_taken_again(step: str) -> None:
    toy = Toy(failing=[step])
    assert rotate(toy) is Ending.SUCCEEDED
    assert toy.taken == [*STEPS[: STEPS.index(step) + 1], *STEPS]


def test_after_five_attempts_a_rotation_has_failed() -> None:
    toy = Toy(failing=["setSecret"] * 6)
    assert rotate(toy) is Ending.FAILED
    assert toy.failures == [1, 2, 3, 4, 5]
    assert toy.taken == ["createSecret", "setSecret"] * 5


def test_a_function_that_finishes_nothing_fails() -> None:
    assert rotate(Toy(finishes=False)) is Ending.FAILED


@pytest.mark.parametrize("wanted", range(5))
def test_a_rotation_that_nobody_wants_any_more_ends_without_failing(wanted: int) -> None:
    toy = Toy(wanted=wanted, failing=["finishSecret"])
    assert rotate(toy) is Ending.ABANDONED
    assert len(toy.taken) == wanted
    assert toy.failures == []
