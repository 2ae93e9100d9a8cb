"""Fills tables with their rows, several chunks at once. A chunk is committed only after its digest was right.

Blocks go to COPY as they were read: no row is looked at here, and no message quotes one.
"""

import queue
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.errors import BackupInvalid, RestoreError
from containers.backup.manifest import StoredObject, Table
from containers.backup.restore.decompression import decompressed
from containers.backup.restore.target import Target
from containers.backup.store import Store
from lambdas.common.backup_layout import BackupId
from lambdas.common.connections import server_says

Heard = Callable[[int, bool], None]
"""Hears of bytes that were read, and whether they were a table's last; from any thread."""

_NO_ROWS: Final[tuple[int, int]] = (0, 0)


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    table: Table
    stored: StoredObject


class _Stopped(Exception):
    """Another chunk has failed."""


class RowsRestore:
    """One restore of rows: chunks waiting, and what has arrived of each table."""

    def __init__(
        self, store: Store, backup: BackupId, target: Target, tables: Collection[Table], *, heard: Heard
    ) -> None:
        self._store = store
        self._backup = backup
        self._target = target
        self._heard = heard
        self._tables = tables
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._arrived: dict[int, tuple[int, int]] = {id(table): _NO_ROWS for table in tables}
        self._left = {id(table): len(table.chunks) for table in tables}
        chunks = [_Chunk(table=table, stored=stored) for table in tables for stored in table.chunks]
        self._waiting: queue.SimpleQueue[_Chunk] = queue.SimpleQueue()
        # The longest first, or the last one is waited for by all the others.
        for chunk in sorted(chunks, key=lambda one: one.stored.stored_bytes, reverse=True):
            self._waiting.put(chunk)

    def run(self, *, streams: int, encoding: str) -> int:
        """Restore everything; return how many rows. `encoding` is the one that the rows were written in.

        Raises:
            BackupInvalid, StoreError: the backup is not what was written, or cannot be read.
            RestoreError: the server refuses rows, or went away.
        """
        with ThreadPoolExecutor(streams, thread_name_prefix="rows") as threads:
            working = [threads.submit(self._work, encoding) for _ in range(streams)]
            try:
                errors = [error for one in working if (error := one.exception())]
            except BaseException:
                self._stopped.set()
                raise
        for error in sorted(errors, key=lambda one: isinstance(one, _Stopped)):
            raise error
        for table in self._tables:
            self._judge(table)
        return sum(rows for rows, _ in self._arrived.values())

    def _work(self, encoding: str) -> None:
        try:
            with self._target.session(encoding=encoding) as connection:
                while not self._stopped.is_set():
                    try:
                        chunk = self._waiting.get_nowait()
                    except queue.Empty:
                        return
                    self._copy(connection, chunk)
        except BaseException:
            self._stopped.set()
            raise

    def _copy(self, connection: Connection[TupleRow], chunk: _Chunk) -> None:
        name = f"{chunk.stored.key} of {self._backup}"
        blocks = self._counted(self._store.read(self._backup, chunk.stored))
        size = 0
        try:
            with connection.cursor() as cursor:
                with cursor.copy(_statement(chunk.table)) as copying:
                    # An error in this block, a digest's too, fails the COPY: nothing of it is committed.
                    for piece in decompressed(blocks, name=name):
                        size += len(piece)
                        copying.write(piece)
                rows = cursor.rowcount
        except psycopg.Error as error:
            raise RestoreError(
                f"rows of {chunk.table.identity} ({name}) cannot be restored into {self._target.title}: "
                f"{server_says(error)}."
            ) from error
        with self._lock:
            before_rows, before_size = self._arrived[id(chunk.table)]
            self._arrived[id(chunk.table)] = (before_rows + rows, before_size + size)
            self._left[id(chunk.table)] -= 1
            last = not self._left[id(chunk.table)]
        self._heard(0, last)

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            if self._stopped.is_set():
                raise _Stopped
            self._heard(len(block), False)  # noqa: FBT003  Heard has no names, as a callback
            yield block

    def _judge(self, table: Table) -> None:
        rows, size = self._arrived[id(table)]
        if (rows, size) != (table.rows, table.copy_bytes):
            raise BackupInvalid(
                f"{table.identity} has {table.rows} rows, {table.copy_bytes} bytes of text, by the manifest "
                f"of {self._backup}; its objects held {rows} rows, {size} bytes. Restore another backup."
            )


def _statement(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    listed = sql.SQL(" ({})").format(columns) if table.columns else sql.SQL("")
    return sql.SQL("COPY {}{} FROM STDIN").format(sql.Identifier(table.schema, table.name), listed)
