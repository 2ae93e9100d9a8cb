"""Work that goes on side by side, and ends together: the first that fails ends all that run."""

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

_LOOK_SECONDS: Final = 0.5
"""How long a signal may wait to be heard."""


class Crew:
    """Two kinds of threads: some copy, as many measure."""

    def __init__(self, size: int, *, stop: Callable[[], None]) -> None:
        """`stop` ends at once whatever the threads wait for; it may come often."""
        self._copying = ThreadPoolExecutor(size, thread_name_prefix="copy")
        self._measuring = ThreadPoolExecutor(size, thread_name_prefix="measure")
        self._stop = stop
        self._given: list[Future[Any]] = []

    def copy(self, work: Callable[..., Result], *arguments: object) -> "Future[Result]":
        """Have a stream stored."""
        return self._give(self._copying, work, *arguments)

    def measure(self, work: Callable[..., Result], *arguments: object) -> "Future[Result]":
        """Have rows counted and summed."""
        return self._give(self._measuring, work, *arguments)

    def finish(self) -> None:
        """Wait for everything. Raises the error of the first that failed.

        Of several that have failed meanwhile, the one that was given first: a thread whose session is spoilt
        goes on to its next work, and what that says is not the reason.
        """
        waiting: set[Future[Any]] = set(self._given)
        while waiting:
            done, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
            for one in self._given:
                if one in done:
                    one.result()

    @contextmanager
    def at_work(self) -> Generator["Crew"]:
        """Run the threads during the block; after it none runs."""
        try:
            yield self
        finally:
            for pool in (self._copying, self._measuring):
                pool.shutdown(wait=False, cancel_futures=True)
            # Not `wait` of all: to it one that was cancelled before it began is never done.
            while working := [one for one in self._given if not one.done()]:
                self._stop()  # again and again: a thread may have been about to begin
                wait(working, timeout=_LOOK_SECONDS)
            for pool in (self._copying, self._measuring):
                pool.shutdown(wait=True)

    def _give(
        self, pool: ThreadPoolExecutor, work: Callable[..., Result], *arguments: object
    ) -> "Future[Result]":
        future = pool.submit(work, *arguments)
        self._given.append(future)
        return future
