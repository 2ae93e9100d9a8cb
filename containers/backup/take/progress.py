"""How far a backup is, as `datatier backup now` reads it off the log. Threads share it."""

import threading
import time
from dataclasses import dataclass
from typing import Final

from lambdas.common.logs import Log

_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Size:
    """What there is to do: tables, and about how many bytes they hold."""

    tables: int
    table_bytes: int


class Progress:
    """Tells every two seconds, and at each end of a table if it is time."""

    def __init__(self, size: Size, log: Log) -> None:
        self._size = size
        self._log = log
        self._lock = threading.Lock()
        self._tables = 0
        self._bytes = 0
        self._told = time.monotonic()

    def read(self, count: int) -> None:
        """Some bytes more were read."""
        with self._lock:
            self._bytes += count
            self._tell()

    def table_done(self) -> None:
        """One table more is stored and measured."""
        with self._lock:
            self._tables += 1
            self._tell()

    def _tell(self) -> None:
        if time.monotonic() - self._told < _EVERY_SECONDS:
            return
        self._told = time.monotonic()
        self._log.info(
            "copying",
            tables=self._size.tables,
            tables_done=self._tables,
            bytes_done=self._bytes,
            bytes_total=max(self._size.table_bytes, self._bytes),
        )
