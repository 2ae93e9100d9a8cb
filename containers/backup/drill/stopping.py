"""Heeds SIGTERM, by which ECS stops a task: the drill ends in order, its report included."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from containers.backup.errors import Stopped


class Stopping:
    """What is done when the signal comes."""

    def __init__(self) -> None:
        self._cut: Callable[[], None] | None = None
        self._at_rest = False

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Generator[None]:
        """End the block's server first, so that nothing in the block waits for it any longer."""
        self._cut = cut
        try:
            yield
        finally:
            self._cut = None

    def rest(self) -> None:
        """Heed no signal any more: what was found is told, and that takes less time than ECS gives."""
        self._at_rest = True

    def heed(self, number: int, frame: FrameType | None) -> None:
        """Raise Stopped where the main thread is."""
        del number, frame
        if self._at_rest:
            return
        # ECS sends one; another must not disturb the clearing up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self._cut is not None:
            self._cut()
        raise Stopped(
            "the drill was told to stop (SIGTERM) before its end, so it proves nothing. Start it again."
        )


@contextmanager
def heeding_sigterm() -> Generator[Stopping]:
    """Heed the signal during the block; another thread than the main one hears none: nothing is changed."""
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = signal.signal(signal.SIGTERM, stopping.heed)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGTERM, before)
