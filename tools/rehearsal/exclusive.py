"""One command at a time may change a state folder.

The kernel drops the lock with its process, however that ends.
"""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager

from tools.rehearsal.errors import Busy
from tools.rehearsal.layout import Layout


@contextmanager
def exclusively(layout: Layout) -> Generator[None]:
    """Hold the state folder's lock. Raises Busy at once if another command holds it."""
    layout.state.mkdir(parents=True, exist_ok=True)
    with layout.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                f"another `datatier up` or `down` is at work in {layout.state}: wait for it and run again"
            ) from error
        yield
