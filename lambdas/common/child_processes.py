"""Children that end with the process that started them, whatever ends it. Linux only, as AWS is."""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""prctl(2). The signal comes when the thread that started the child ends, so that must be the main one."""


def dies_with_us(by: signal.Signals) -> Callable[[], None]:
    """Return subprocess' `preexec_fn`: the kernel sends the child a signal when this process is gone.

    It makes one async-signal-safe call, and must be used while no other thread runs.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, by)
        if os.getppid() != parent:  # it went before the kernel was asked
            os._exit(1)

    return ask
