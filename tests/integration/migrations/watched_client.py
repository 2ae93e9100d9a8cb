"""Counts the statements that psycopg sends and kills its own process at a chosen one. For tests alone.

Every way to send goes through libpq's PQsend… and PQexec… functions, so they are wrapped and nothing else is:
no list of calls to keep. psycopg's ctypes implementation lets them be wrapped; it drives the very libpq that
its compiled one brings. Import this before psycopg.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import select
import signal
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, cast
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import ModuleType

Moment = Literal["sent", "answered"]
"""A statement is sent and nothing of its answer read; or all of it is read, and no other one is sent."""

_SENDING = ("PQsend", "PQexec", "PQprepare")
_STILL_UNSENT = 1


def libpq() -> ModuleType:
    """The ctypes functions of libpq, with psycopg made to use them."""
    os.environ["PSYCOPG_IMPL"] = "python"
    find = ctypes.util.find_library

    def found(name: str) -> str | None:
        return _bundled() if name == "pq" else find(name)

    with mock.patch.object(ctypes.util, "find_library", found):
        from psycopg.pq import _pq_ctypes  # noqa: PLC0415  the implementation is chosen by this import
    return cast("ModuleType", _pq_ctypes)


class Watch:
    """What this process has sent, and when it dies. Threads of one process share one count."""

    def __init__(self, functions: ModuleType) -> None:
        self._functions = functions
        self._lock = threading.Lock()
        self._unanswered: set[int] = set()
        self.sent: list[str] = []

    @contextmanager
    def until(self, number: int, moment: Moment) -> Generator[None]:
        """Watch; die at statement `number` (from 1; 0 for never)."""
        with ExitStack() as stack:
            for name in dir(self._functions):
                if name.startswith(_SENDING):
                    watched = self._watched(getattr(self._functions, name), number, moment)
                    stack.enter_context(mock.patch.object(self._functions, name, watched))
            answered = self._answered(self._functions.PQgetResult)
            stack.enter_context(mock.patch.object(self._functions, "PQgetResult", answered))
            yield

    def _watched(self, send: Callable[..., object], number: int, moment: Moment) -> Callable[..., object]:
        def watched(connection: object, *arguments: object) -> object:
            with self._lock:
                self.sent.append(_words(arguments))
                is_it = len(self.sent) == number
            result = send(connection, *arguments)
            if is_it and moment == "sent":
                self._flush(connection)
                _die()
            if is_it:
                self._unanswered.add(_address(connection))
            return result

        return watched

    def _answered(self, get_result: Callable[..., object]) -> Callable[..., object]:
        def answered(connection: object) -> object:
            result = get_result(connection)
            if not result and _address(connection) in self._unanswered:
                _die()
            return result

        return answered

    def _flush(self, connection: object) -> None:
        while self._functions.PQflush(connection) == _STILL_UNSENT:
            select.select([], [self._functions.PQsocket(connection)], [])


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives SIGKILL")


def _address(connection: object) -> int:
    return ctypes.cast(cast("ctypes.c_void_p", connection), ctypes.c_void_p).value or 0


def _words(arguments: tuple[object, ...]) -> str:
    texts = [argument.decode("utf-8", "replace") for argument in arguments if isinstance(argument, bytes)]
    return " ".join(" ".join(texts).split())


def _bundled() -> str:
    """The libpq of psycopg's compiled implementation."""
    found = importlib.util.find_spec("psycopg_binary")
    assert found is not None
    assert found.origin is not None
    (library,) = (Path(found.origin).parents[1] / "psycopg_binary.libs").glob("libpq-*")
    return str(library)
