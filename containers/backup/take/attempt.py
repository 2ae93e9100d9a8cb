"""One try at a backup, from one server: all of it in one snapshot, or an error and nothing that counts."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future  # noqa: TC003  dataclass reads it
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup import catalog
from containers.backup.checksum import measure_large_objects, measure_table
from containers.backup.chunks import Blocks, cut
from containers.backup.manifest import LargeObjects, Manifest, StoredObject, Table
from containers.backup.programs import Libpq, Programs
from containers.backup.store import Store
from containers.backup.take.crew import Crew
from containers.backup.take.progress import Progress, Size
from containers.backup.take.snapshot import Connect, Snapshot, joined, snapshot
from containers.backup.take.streams import Streams
from lambdas.common.backup_layout import LARGE_OBJECTS, SCHEMA, BackupId, data
from lambdas.common.logs import Log


@dataclass(frozen=True, kw_only=True)
class Source:
    """A server to read: its host, how a session is opened, and the same login for programs."""

    host: str
    connect: Connect
    login: Libpq


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much goes on at once: streams, and the size in MiB from which a table is cut."""

    streams: int
    chunk_mib: int


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A part of a table: its object, the bytes before compression, and its two numbers."""

    stored: "Future[tuple[StoredObject, int]]"
    measured: "Future[tuple[int, str]]"


class Attempt:
    """A try at a backup of one database."""

    def __init__(  # each is named
        self, *, source: Source, store: Store, programs: Programs, extent: Extent, database: str, log: Log
    ) -> None:
        self._source = source
        self._store = store
        self._programs = programs
        self._extent = extent
        self._database = database
        self._log = log
        self._sessions = _Sessions()

    def run(self, *, between: Callable[[], None] = lambda: None) -> Manifest:
        """Take the backup; return its manifest, which is stored.

        Raises SourceError, StoreError, ProgramFailed.

        `between`: see `snapshot`.
        """
        backup = BackupId.new(datetime.now(UTC))
        with snapshot(self._source.connect, between=between) as taken:
            self._log.info(
                "reading",
                backup=str(backup),
                source=self._source.host,
                tables=len(taken.tables),
            )
            manifest = self._copy(backup, taken)
        # Outside the snapshot: nothing is read any more, and a lost session must not spoil what is whole.
        self._store.finish(manifest)
        return manifest

    def _copy(self, backup: BackupId, taken: Snapshot) -> Manifest:
        ((database_bytes, encoding, collation, version),) = taken.holder.execute(
            catalog.statement("database")
        ).fetchall()
        facts, roles = catalog.observe(taken.holder), catalog.required_roles(taken.holder)
        streams = Streams(
            programs=self._programs, login=self._source.login, snapshot=taken.name, encoding=encoding
        )
        total = sum(table.table_bytes for table in taken.tables)
        progress = Progress(Size(tables=len(taken.tables), table_bytes=total), self._log)
        crew = Crew(self._extent.streams, stop=self._stop)

        def store(key: str, blocks: Callable[..., Generator[bytes]]) -> tuple[StoredObject, int]:
            plain = 0

            def count(more: int) -> None:
                nonlocal plain
                plain += more
                progress.read(more)

            return self._store.write(backup, key, blocks(count=count)), plain

        with crew.at_work():
            schema = crew.copy(store, SCHEMA, streams.schema)
            large = self._large_objects(crew, taken, streams, store)
            parts: dict[int, list[_Part]] = {table.oid: [] for table in taken.tables}
            number = 0
            for table in sorted(taken.tables, key=lambda one: -one.table_bytes):  # the longest begin first
                for blocks in cut(
                    heap_bytes=table.heap_bytes,
                    table_bytes=table.table_bytes,
                    chunk_mib=self._extent.chunk_mib,
                ):
                    number += 1
                    parts[table.oid].append(
                        _Part(
                            stored=crew.copy(store, data(number), partial(streams.rows, table, blocks)),
                            measured=crew.measure(self._measure, taken, table, blocks),
                        )
                    )
            every = [
                schema,
                *(large or ()),
                *(one for table in parts.values() for part in table for one in (part.stored, part.measured)),
            ]
            crew.finish(every)
        self._log.info("copied", tables=len(taken.tables), tables_done=len(taken.tables))
        return Manifest(
            backup=str(backup),
            database=self._database,
            database_bytes=database_bytes,
            encoding=encoding,
            collation=collation,
            server_version=version,
            source=self._source.host,
            snapshot=taken.name,
            snapshot_at=taken.moment.astimezone(UTC).isoformat(),
            finished_at=datetime.now(UTC).isoformat(),
            schema=schema.result()[0],
            tables=tuple(_table(table, parts[table.oid]) for table in taken.tables),
            # After the rows: a sequence must not be behind them.
            sequences=catalog.sequences(taken.holder),
            large_objects=_large(large),
            roles=roles,
            facts=facts,
        )

    def _measure(self, taken: Snapshot, table: catalog.Found, blocks: Blocks | None) -> tuple[int, str]:
        with self._sessions.opened(self._source.connect, taken.name) as session:
            return measure_table(session, table.schema, table.name, blocks=blocks)

    def _large_objects(
        self, crew: Crew, taken: Snapshot, streams: Streams, store: Callable[..., tuple[StoredObject, int]]
    ) -> "tuple[Future[tuple[StoredObject, int]], Future[tuple[int, str]]] | None":
        ((some,),) = taken.holder.execute(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)"
        ).fetchall()
        if not some:
            return None

        def measure() -> tuple[int, str]:
            with self._sessions.opened(self._source.connect, taken.name) as session:
                return measure_large_objects(session)

        return crew.copy(store, LARGE_OBJECTS, streams.large_objects), crew.measure(measure)

    def _stop(self) -> None:
        self._programs.kill()
        self._sessions.end()


class _Sessions:
    """The sessions that measure: one for each piece of work, and all ended when one of them has failed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Connection[TupleRow]] = set()

    @contextmanager
    def opened(self, connect: Connect, name: str) -> Generator[Connection[TupleRow]]:
        with joined(connect, name) as session:
            with self._lock:
                self._open.add(session)
            try:
                yield session
            finally:
                with self._lock:
                    self._open.discard(session)

    def end(self) -> None:
        with self._lock:
            for session in self._open:
                with suppress(psycopg.Error):
                    session.cancel()


def _table(table: catalog.Found, parts: list[_Part]) -> Table:
    measured = [part.measured.result() for part in parts]
    stored = [part.stored.result() for part in parts]
    return Table(
        schema=table.schema,
        name=table.name,
        columns=table.columns,
        rows=sum(rows for rows, _ in measured),
        checksum=str(sum(int(checksum) for _, checksum in measured)),
        copy_bytes=sum(plain for _, plain in stored),
        chunks=tuple(one for one, _ in stored),
    )


def _large(
    futures: "tuple[Future[tuple[StoredObject, int]], Future[tuple[int, str]]] | None",
) -> LargeObjects | None:
    if futures is None:
        return None
    (archive, _), (count, checksum) = futures[0].result(), futures[1].result()
    return LargeObjects(archive=archive, count=count, checksum=checksum)
