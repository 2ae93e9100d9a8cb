"""What goes on side by side ends together, whatever fails and whenever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from containers.backup.take.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable


LAST = 30
WAIT_SECONDS = 30.0


class Failed(Exception):
    """A piece of work has not succeeded."""


def fail() -> None:
    raise Failed


def work(crew: Crew, *copies: Callable[[], None]) -> None:
    """Have something copied, and something else fail meanwhile."""
    with crew.at_work():
        for copy in copies:
            crew.copy(copy)
        crew.measure(fail)
        crew.finish()


def test_all_that_was_given_is_done() -> None:
    with Crew(2, stop=lambda: None).at_work() as crew:
        futures = [crew.copy(pow, number, 2) for number in range(50)] + [crew.measure(pow, 3, 3)]
        crew.finish()
    assert [future.result() for future in futures] == [number**2 for number in range(50)] + [27]


def test_the_first_that_fails_ends_those_that_run_and_those_that_wait() -> None:
    stopped, begun = threading.Event(), [0]

    def wait() -> None:
        begun[0] += 1
        stopped.wait()

    with pytest.raises(Failed):
        work(Crew(1, stop=stopped.set), *[wait] * 10)
    assert begun[0] <= 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("copy", "measure"))]


def test_what_begins_while_all_is_being_stopped_is_stopped_too() -> None:
    begun, asked, stopped = threading.Event(), [0], threading.Event()

    def late() -> None:
        begun.wait()
        stopped.wait()

    def stop() -> None:
        asked[0] += 1
        if asked[0] == 1:
            begun.set()  # a thread that was about to begin has missed this
        else:
            stopped.set()

    with pytest.raises(Failed):
        work(Crew(1, stop=stop), late)
    assert asked[0] > 1


def test_what_a_failure_entails_in_the_same_thread_does_not_hide_its_reason() -> None:
    crew, ran = Crew(1, stop=lambda: None), threading.Event()

    def fail(number: int) -> None:
        if number == LAST:
            ran.set()
        raise ValueError(number)

    with crew.at_work():
        for number in range(LAST + 1):
            crew.copy(fail, number)
        assert ran.wait(WAIT_SECONDS)
        with pytest.raises(ValueError, match=r"^0$"):
            crew.finish()
