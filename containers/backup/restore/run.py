"""Restores a backup into a database: schema, rows, sequences, large objects, then indexes and constraints.

Nothing is changed before everything was checked that can be. It overwrites nothing and drops nothing.
"""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.errors import RestoreError
from containers.backup.manifest import StoredObject
from containers.backup.restore import demands
from containers.backup.restore.archive import Archive, memory
from containers.backup.restore.decompression import decompressed
from containers.backup.restore.large_objects import restore_large_objects
from containers.backup.restore.loans import lent
from containers.backup.restore.materialized import refresh
from containers.backup.restore.plan import Plan, planned
from containers.backup.restore.progress import CHECKING, Course, Progress
from containers.backup.restore.rows import RowsRestore
from containers.backup.restore.sequences import set_sequences
from containers.backup.restore.statements import run_statements
from containers.backup.restore.target import Target
from containers.backup.restore.unfinished import refuse_unfinished, unfinished
from containers.backup.store import Store
from lambdas.common.backup_layout import BackupId
from lambdas.common.connections import server_says

__all__ = ["Progress", "Restored", "Target", "restore"]

_SIZE: Final = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What is there now. `left_out`: what depends on the restored tables and was not asked for."""

    backup: BackupId
    tables: int
    rows: int
    restored_bytes: int
    left_out: tuple[str, ...]


def restore(
    store: Store,
    backup: BackupId,
    target: Target,
    *,
    tables: Collection[str] | None,
    streams: int,
    progress: Callable[[Progress], None],
    allow_non_empty: bool,
) -> Restored:
    """Restore everything, or only `tables` (each `schema.name`) with what belongs to them.

    `progress` is called from several threads, one at a time.

    Raises:
        NoBackup, BackupInvalid, StoreError: there is nothing sound to restore.
        TargetRefused: the database is not as it must be; nothing was changed.
        RestoreError, ConnectionFailed: it did not end; the next try says how to clear the way.
    """
    course = Course(progress)
    course.step(CHECKING)
    manifest = store.manifest(backup)
    schema = decompressed(store.read(backup, manifest.schema), name=f"the schema of {backup}")
    with _worded(target), target.session() as connection, memory("schema", schema) as descriptor:
        demands.fitting_server(connection, manifest, title=target.title)
        refuse_unfinished(connection, title=target.title)
        if tables is None and not allow_non_empty:
            demands.empty(connection, title=target.title)
        archive = Archive(descriptor, target)
        plan = planned(archive.contents("pre-data"), archive.contents("post-data"), manifest, tables=tables)
        if plan.part is not None:
            demands.absent(connection, plan.part.tables.values(), title=target.title)
        demands.able_login(connection, plan.contents, title=target.title)
        course.expect(tables=len(plan.tables), bytes_total=plan.stored_bytes)
        listed = None if plan.part is None else plan.part.tables.values()
        work = _Work(plan=plan, archive=archive, store=store, backup=backup, target=target, course=course)
        end = partial(work.end, connection)
        with unfinished(connection, backup, tables=listed, beside=allow_non_empty, last=end) as owe:
            rows = work.run(connection, owe, streams=streams)
        ((size,),) = connection.execute(_SIZE).fetchall()
    return Restored(
        backup=backup,
        tables=len(plan.tables),
        rows=rows,
        restored_bytes=int(size),
        left_out=plan.part.left_out if plan.part else (),
    )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """A restore whose conditions are met."""

    plan: Plan
    archive: Archive
    store: Store
    backup: BackupId
    target: Target
    course: Course

    def run(
        self, connection: Connection[TupleRow], owe: Callable[[Collection[str]], None], *, streams: int
    ) -> int:
        """Do it; return how many rows."""
        plan, archive = self.plan, self.archive
        self.course.step("Restoring the schema")
        archive.restore(plan.schemas)
        with lent(connection, plan.contents, owe=owe):
            archive.restore(plan.before, whole=plan.part is not None)
            self.course.step("Restoring rows")
            filling = RowsRestore(
                self.store, self.backup, self.target, plan.tables, heard=self.course.advance
            )
            rows = filling.run(streams=streams, encoding=plan.manifest.encoding)
            set_sequences(connection, plan.sequences)
            if plan.large_objects:
                self.course.step("Restoring large objects")
                restore_large_objects(self._large_objects(plan.large_objects.archive), self.target)
            self.course.step("Building indexes and constraints")
            for phase in plan.after:
                archive.restore(phase.entries, jobs=streams if phase.together else 1)
            archive.restore(plan.grants)
        archive.restore(plan.schema_grants)
        run_statements(connection, plan.grants_of_grantees, encoding=plan.manifest.encoding)
        if plan.part is None:
            self.course.step("Computing materialized views")
            refresh(connection, plan.manifest.facts)
        self.course.step("Gathering statistics")
        self._analyze(connection)
        return rows

    def end(self, connection: Connection[TupleRow]) -> None:
        """Make event triggers: with the sign gone, since they would fire at that, and in its transaction."""
        if self.plan.event_triggers:
            self.course.step("Making event triggers")
            run_statements(connection, self.plan.event_triggers, encoding=self.plan.manifest.encoding)

    def _large_objects(self, stored: StoredObject) -> Iterator[bytes]:
        return decompressed(self.store.read(self.backup, stored), name=f"{stored.key} of {self.backup}")

    def _analyze(self, connection: Connection[TupleRow]) -> None:
        if self.plan.part is None:
            connection.execute("ANALYZE")
            return
        for schema, name in self.plan.part.tables:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))


@contextmanager
def _worded(target: Target) -> Generator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise RestoreError(f"the restore into {target.title} has failed: {server_says(error)}.") from error
