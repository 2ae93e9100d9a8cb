"""What there is to copy and to measure within a snapshot, given to a crew, and what the manifest says."""

from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from containers.backup import catalog
from containers.backup.checksum import measure_large_objects, measure_table
from containers.backup.chunks import Blocks, cut
from containers.backup.manifest import LargeObjects, StoredObject, Table
from containers.backup.store import Store
from containers.backup.take.crew import Crew
from containers.backup.take.progress import Progress
from containers.backup.take.sessions import Sessions
from containers.backup.take.snapshot import Connect, Snapshot
from containers.backup.take.streams import Streams
from containers.backup.take.told import told
from lambdas.common.backup_layout import LARGE_OBJECTS, SCHEMA, BackupId, data

Copied = tuple[StoredObject, int]
"""An object, and its bytes before compression."""
Measured = tuple[int, str]
"""Rows, and their checksum."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table, or one of its ranges of blocks."""

    copied: Future[Copied]
    measured: Future[Measured]


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work of one attempt."""

    backup: BackupId
    store: Store
    connect: Connect
    taken: Snapshot
    crew: Crew
    sessions: Sessions
    streams: Streams
    progress: Progress

    def schema(self) -> Future[Copied]:
        """Have the schema stored, as the snapshot sees it."""

        def copy() -> Copied:
            with self.taken.unmoved(self.connect):
                return self._copy(SCHEMA, self.streams.schema)

        return self.crew.copy(copy)

    def large_objects(self) -> Part | None:
        """Have the large objects stored and measured, if there are any."""
        ((some,),) = self.taken.holder.execute(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)"
        ).fetchall()
        if not some:
            return None

        def measure() -> Measured:
            with told():
                return measure_large_objects(self.sessions.mine())

        return Part(
            copied=self.crew.copy(self._copy, LARGE_OBJECTS, self.streams.large_objects),
            measured=self.crew.measure(measure),
        )

    def tables(self, *, chunk_mib: int) -> dict[int, list[Part]]:
        """Have every table stored and measured, cut if it is large; the longest begin first."""
        parts: dict[int, list[Part]] = {}
        number = 0
        for table in sorted(self.taken.tables, key=lambda one: -one.table_bytes):
            ranges = cut(heap_bytes=table.heap_bytes, table_bytes=table.table_bytes, chunk_mib=chunk_mib)
            self.progress.expect(table.oid, works=2 * len(ranges))
            parts[table.oid] = []
            for blocks in ranges:
                number += 1
                parts[table.oid].append(
                    Part(
                        copied=self.crew.copy(self._copy_rows, table, blocks, number),
                        measured=self.crew.measure(self._measure_rows, table, blocks),
                    )
                )
        return parts

    def _copy_rows(self, table: catalog.Found, blocks: Blocks | None, number: int) -> Copied:
        copied = self._copy(data(number), partial(self.streams.rows, table, blocks))
        self.progress.done(table.oid)
        return copied

    def _measure_rows(self, table: catalog.Found, blocks: Blocks | None) -> Measured:
        with told():
            measured = measure_table(self.sessions.mine(), table.schema, table.name, blocks=blocks)
        self.progress.done(table.oid)
        return measured

    def _copy(self, key: str, stream: Callable[..., Generator[bytes]]) -> Copied:
        plain = 0

        def count(more: int) -> None:
            nonlocal plain
            plain += more
            self.progress.read(more)

        # Closed at once when the store fails, or its program would go on for as long as the error is kept.
        with closing(stream(count=count)) as blocks:
            stored = self.store.write(self.backup, key, blocks)
        return stored, plain


def table_of(found: catalog.Found, parts: list[Part]) -> Table:
    """Return what the manifest says of a table, all of whose parts are done."""
    copied = [part.copied.result() for part in parts]
    measured = [part.measured.result() for part in parts]
    return Table(
        schema=found.schema,
        name=found.name,
        columns=found.columns,
        rows=sum(rows for rows, _ in measured),
        checksum=str(sum(int(checksum) for _, checksum in measured)),
        copy_bytes=sum(plain for _, plain in copied),
        chunks=tuple(stored for stored, _ in copied),
    )


def large_objects_of(part: Part | None) -> LargeObjects | None:
    """Return what the manifest says of the large objects."""
    if part is None:
        return None
    (archive, _), (count, checksum) = part.copied.result(), part.measured.result()
    return LargeObjects(archive=archive, count=count, checksum=checksum)
