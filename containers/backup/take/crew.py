"""Work that goes on side by side, and ends together: the first that fails ends all that run."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

_LOOK_SECONDS: Final = 0.5
"""How long a signal may wait to be heard."""


class Crew:
    """Two kinds of threads: some copy, as many measure."""

    def __init__(self, size: int, *, stop: Callable[[], None]) -> None:
        """`stop` ends at once whatever the threads wait for; it may come twice."""
        self._copying = ThreadPoolExecutor(size, thread_name_prefix="copy")
        self._measuring = ThreadPoolExecutor(size, thread_name_prefix="measure")
        self._stop = stop

    def copy(self, work: Callable[..., Result], *arguments: object) -> "Future[Result]":
        """Have a stream stored."""
        return self._copying.submit(work, *arguments)

    def measure(self, work: Callable[..., Result], *arguments: object) -> "Future[Result]":
        """Have rows counted and summed."""
        return self._measuring.submit(work, *arguments)

    def finish(self, futures: Sequence["Future[Any]"]) -> None:
        """Wait for all of them. Raises the error of the first that failed."""
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()

    @contextmanager
    def at_work(self) -> Generator["Crew"]:
        """Run the threads during the block; after it none runs."""
        try:
            yield self
        finally:
            for pool in (self._copying, self._measuring):
                pool.shutdown(wait=False, cancel_futures=True)
            self._stop()
            for pool in (self._copying, self._measuring):
                pool.shutdown(wait=True)
