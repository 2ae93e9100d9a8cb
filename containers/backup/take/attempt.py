"""One try at a backup, from one server: all of it in one snapshot, or an error and nothing that counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from containers.backup import catalog
from containers.backup.errors import Conflict, ProgramFailed, SourceError
from containers.backup.manifest import Manifest
from containers.backup.programs import Libpq, Programs
from containers.backup.store import Store
from containers.backup.take.crew import Crew
from containers.backup.take.progress import Progress
from containers.backup.take.sessions import Sessions
from containers.backup.take.snapshot import Connect, Snapshot, snapshot
from containers.backup.take.standing import Standing, standing
from containers.backup.take.streams import Streams
from containers.backup.take.told import told
from containers.backup.take.work import Work, large_objects_of, table_of
from lambdas.common.backup_layout import BackupId
from lambdas.common.logs import Log

ENCODING: Final = "UTF8"
"""The only one: names reach programs as UTF-8, and so do rows."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A server to read: its host, how a session is opened, and the same login for programs.

    `primary` opens one on the server that it should be a replica of; None: it is the primary.
    """

    host: str
    connect: Connect
    login: Libpq
    primary: Connect | None = None


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much goes on at once: streams, and the size in MiB from which a table is cut."""

    streams: int
    chunk_mib: int


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

    def run(self, *, between: Callable[[], None] = lambda: None) -> Manifest:
        """Take the backup; return its manifest, which is stored. `between`: see `snapshot`.

        Raises SourceError, StoreError, ProgramFailed, ConnectionFailed.
        """
        began, stands = datetime.now(UTC), self._standing()
        with snapshot(self._source.connect, between=between) as taken:
            if stands is not None and not taken.in_recovery:
                raise SourceError(f"{self._source.host} was promoted just now: its rows are its own.")
            moment = taken.moment if stands is None else stands.moment
            # Named by its rows: an old one must not pass for the newest because it was copied last.
            backup = BackupId.new(began if stands is None or stands.asked else min(began, moment))
            self._log.info("reading", backup=str(backup), source=self._source.host, tables=len(taken.tables))
            try:
                manifest = self._read(backup, taken, moment)
            except Conflict:
                raise
            except (SourceError, ProgramFailed):
                # The session that holds the snapshot knows whether it was this that the others lacked.
                with told():
                    taken.holder.execute("SELECT 1")
                raise
        # Outside the snapshot: nothing is read any more, and a lost session must not spoil what is whole.
        self._store.finish(manifest)
        return manifest

    def _standing(self) -> Standing | None:
        source = self._source
        if source.primary is None:
            return None
        return standing(source.connect, source.primary, host=source.host, log=self._log)

    def _read(self, backup: BackupId, taken: Snapshot, moment: datetime) -> Manifest:
        about = taken.holder.execute(catalog.statement("database")).fetchall()
        ((database_bytes, encoding, collation, version),) = about
        if encoding != ENCODING:
            raise SourceError(f"the database's encoding is {encoding}; only {ENCODING} can be backed up.")
        connect, programs = self._source.connect, self._programs
        sessions = Sessions(connect, snapshot=taken.name)
        # Not by the holder: telling a view's definition locks it, and somebody may refresh it every hour.
        with taken.unmoved(connect), sessions.brief() as reader:
            facts, roles = catalog.observe(reader), catalog.required_roles(reader)
        streams = Streams(
            programs=programs,
            login=self._source.login,
            snapshot=taken.name,
            encoding=encoding,
            sessions=sessions,
        )
        total = sum(table.table_bytes for table in taken.tables)
        progress = Progress(self._log, tables=len(taken.tables), table_bytes=total)

        def stop() -> None:
            programs.kill()
            sessions.cancel()

        try:
            with Crew(self._extent.streams, stop=stop).at_work() as crew:
                work = Work(
                    backup=backup,
                    store=self._store,
                    connect=connect,
                    taken=taken,
                    crew=crew,
                    sessions=sessions,
                    streams=streams,
                    progress=progress,
                )
                schema, large = work.schema(), work.large_objects()
                parts = work.tables(chunk_mib=self._extent.chunk_mib)
                crew.finish()
        finally:
            sessions.close()
        return Manifest(
            backup=str(backup),
            database=self._database,
            database_bytes=database_bytes,
            encoding=encoding,
            collation=collation,
            server_version=version,
            source=self._source.host,
            snapshot=taken.name,
            snapshot_at=moment.astimezone(UTC).isoformat(),
            finished_at=datetime.now(UTC).isoformat(),
            schema=schema.result()[0],
            tables=tuple(table_of(table, parts[table.oid]) for table in taken.tables),
            sequences=taken.sequences,
            large_objects=large_objects_of(large),
            roles=roles,
            facts=facts,
        )
