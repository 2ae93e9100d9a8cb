"""How far a restore is, told from whatever thread advances it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

CHECKING: Final = "Checking the backup and the database"
"""The first step; nothing is changed before the next one."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is being done, tables done of all, bytes of the store read of all."""

    message: str
    tables_done: int
    tables: int
    bytes_done: int
    bytes_total: int


class Course:
    """The progress of one restore."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._now = Progress(message="", tables_done=0, tables=0, bytes_done=0, bytes_total=0)

    def expect(self, *, tables: int, bytes_total: int) -> None:
        """So much there is to restore."""
        with self._lock:
            self._now = replace(self._now, tables=tables, bytes_total=bytes_total)

    def step(self, message: str) -> None:
        """Something else is being done from now on."""
        with self._lock:
            self._now = replace(self._now, message=message)
            self._tell(self._now)

    def advance(self, size: int, table_done: bool = False) -> None:  # noqa: FBT001, FBT002  a callback of two facts
        """Bytes were read, and perhaps a table's last are in."""
        with self._lock:
            self._now = replace(
                self._now,
                bytes_done=self._now.bytes_done + size,
                tables_done=self._now.tables_done + table_done,
            )
            self._tell(self._now)
