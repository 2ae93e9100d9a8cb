"""One command at a time may change a state folder.

The kernel drops the lock with its process, however that ends.
"""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager

from tools.rehearsal.errors import Busy, StateUnreadable
from tools.rehearsal.layout import Layout


@contextmanager
def exclusively(layout: Layout) -> Generator[None]:
    """Hold the state folder's lock. Raises Busy at once if another command holds it, StateUnreadable."""
    try:
        layout.state.mkdir(parents=True, exist_ok=True)
        file = layout.lock.open("w")
    except OSError as error:
        raise StateUnreadable(
            f"{layout.state} cannot be used as the state folder: {error.strerror}\n"
            "DATATIER_STATE names it; without that variable it is `.state` in the repository"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                f"another `datatier up` or `down` is at work in {layout.state}: wait for it and run again"
            ) from error
        yield
