"""How far a backup is, as `datatier backup now` reads it off the log. Threads share it."""

import threading
import time
from collections import Counter
from typing import Final

from lambdas.common.logs import Log

_EVERY_SECONDS: Final = 2.0


class Progress:
    """Tells every two seconds, if something has gone on."""

    def __init__(self, log: Log, *, tables: int, table_bytes: int) -> None:
        """`table_bytes`: what the tables hold, about what will be read of them."""
        self._log = log
        self._size = tables
        self._table_bytes = table_bytes
        self._lock = threading.Lock()
        self._left: Counter[int] = Counter()
        self._tables = 0
        self._bytes = 0
        self._told = time.monotonic()

    def expect(self, table: int, *, works: int) -> None:
        """A table, by its number, is done after so many works."""
        with self._lock:
            self._left[table] += works

    def read(self, count: int) -> None:
        """Some bytes more were read."""
        with self._lock:
            self._bytes += count
            self._tell()

    def done(self, table: int) -> None:
        """One of a table's works is done."""
        with self._lock:
            self._left[table] -= 1
            self._tables += not self._left[table]
            self._tell()

    def _tell(self) -> None:
        if time.monotonic() - self._told < _EVERY_SECONDS:
            return
        self._told = time.monotonic()
        self._log.info(
            "copying",
            tables=self._size,
            tables_done=self._tables,
            bytes_done=self._bytes,
            bytes_total=max(self._table_bytes, self._bytes),
        )
