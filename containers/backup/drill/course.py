"""One drill: the newest backup restored into a database of its own, compared, reported, and thrown away.

It reads backups and writes its two reports; it never changes a backup, and no database but its own.
"""

import errno
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup.drill import space
from containers.backup.drill.newest import Keys, age_seconds, candidates, still_arriving
from containers.backup.drill.pending import MIGRATIONS, try_pending
from containers.backup.drill.report import Report, Trial
from containers.backup.drill.reports import Reports
from containers.backup.drill.scratch import Scratch, scratch
from containers.backup.drill.stopping import Stopping, heeding_sigterm
from containers.backup.errors import (
    BackupInvalid,
    DrillFailed,
    NoBackup,
    ObjectMissing,
    ProgramFailed,
    SpaceLacking,
    Stopped,
    StoreError,
)
from containers.backup.manifest import Manifest
from containers.backup.programs import Programs
from containers.backup.store import Store
from lambdas.common.backup_layout import BackupId
from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log

_SHOWN: Final = 5
_UNSOUND: Final = (BackupInvalid, ObjectMissing)
"""What says that the backup itself is not as it should be, wherever the drill takes place."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was restored: rows of all tables, and bytes of the database that they make."""

    rows: int
    restored_bytes: int


RestoreInto = Callable[[Store, BackupId, Scratch], Done]
"""Restores a backup into the drill's database."""

Compare = Callable[[Manifest, Connection[TupleRow]], Sequence[str]]
"""Names every difference between a manifest and a restored database."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where a drill takes place and what it is made of; `migrations` is None where none are tried."""

    store: Store
    keys: Keys
    reports: Reports
    programs: Programs
    directory: Path
    restore: RestoreInto
    compare: Compare
    migrations: Path | None = MIGRATIONS


@dataclass(kw_only=True)
class _Course:
    """What is known so far."""

    started_at: datetime
    backup: BackupId | None = None
    rpo_seconds: float | None = None
    rto_seconds: float | None = None
    done: Done | None = None
    differences: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list[str])
    trial: Trial | None = None

    def report(self, error: str | None, *, unsound: bool = False) -> Report:
        return Report(
            backup=None if self.backup is None else str(self.backup),
            started_at=self.started_at,
            finished_at=datetime.now(tz=UTC),
            rpo_seconds=self.rpo_seconds,
            rto_seconds=self.rto_seconds,
            rows=None if self.done is None else self.done.rows,
            restored_bytes=None if self.done is None else self.done.restored_bytes,
            differences=self.differences,
            remarks=tuple(self.remarks),
            trial=self.trial,
            error=error,
            unsound=unsound,
        )


def drill(ground: Ground, *, log: Log, tell: Callable[[Report], None]) -> Report:
    """Run one drill to its report, which is written and told whatever becomes of the drill.

    A pending migration that fails does not fail the drill: the report's `migrations_error` says so.

    Raises:
        DrillFailed: the restored database differs from the backup; each difference is in the report.
        NoBackup, BackupInvalid, StoreError, RestoreError, ProgramFailed: it did not come so far.
        Stopped: SIGTERM, before all was proven; later ones change nothing.
    """
    course = _Course(started_at=datetime.now(tz=UTC))
    with heeding_sigterm() as stopping:
        try:
            ground.reports.begin(course.started_at)
        except StoreError as error:
            # No report of its own: the name may be another drill's.
            tell(course.report(_said(error)))
            raise
        try:
            _carry_out(ground, course, stopping, log)
            stopping.rest()
        except BaseException as error:
            stopping.rest()
            report = course.report(_said(error), unsound=isinstance(error, _UNSOUND))
            tell(report)
            try:
                ground.reports.finish(report)
            except StoreError as unwritten:
                log.warning("The report of the drill could not be written", reason=str(unwritten))
            raise
        report = course.report(None)
        try:
            ground.reports.finish(report)
        except BaseException as error:
            tell(course.report(_said(error)))
            raise
        tell(report)
        return report


def _carry_out(ground: Ground, course: _Course, stopping: Stopping, log: Log) -> None:
    try:
        _restore_and_compare(ground, course, stopping, log)
    except (Stopped, SpaceLacking):
        raise
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _full(ground.directory, str(error)) from error
    except DatatierError as error:
        if space.is_full(str(error)):
            raise _full(ground.directory, str(error)) from error
        raise


def _restore_and_compare(ground: Ground, course: _Course, stopping: Stopping, log: Log) -> None:
    began = time.monotonic()
    manifest = _newest(ground, course, log)
    course.rpo_seconds = age_seconds(manifest, now=course.started_at)
    log.info("A drill begins", backup=str(course.backup), database_bytes=manifest.database_bytes)
    with scratch(ground.programs, ground.directory, manifest=manifest, log=log) as database:
        course.remarks += database.remarks
        with stopping.cutting(database.cut), _reasons_of(database, ground.directory):
            course.done = ground.restore(ground.store, BackupId.parse(manifest.backup), database)
            with database.connect() as connection:
                course.differences = tuple(ground.compare(manifest, connection))
            course.rto_seconds = time.monotonic() - began
            _refuse(course)
            if ground.migrations is not None:
                course.trial = try_pending(database, log=log, migrations=ground.migrations)
                _remark(course, course.trial, log)


@contextmanager
def _reasons_of(database: Scratch, directory: Path) -> Generator[None]:
    """Give what the drill's server refuses the drill's own words, and the reason that only its log has."""
    try:
        yield
    except (DrillFailed, Stopped):
        raise
    except (psycopg.Error, DatatierError) as error:
        reason = server_says(error) if isinstance(error, psycopg.Error) else str(error)
        if space.is_full(reason) or space.is_full(database.last_words):
            raise _full(directory, reason) from error
        if isinstance(error, psycopg.Error):
            raise ProgramFailed(f"the drill's PostgreSQL refused a statement: {reason}") from error
        raise


def _newest(ground: Ground, course: _Course, log: Log) -> Manifest:
    backups, remarks = candidates(ground.store, now=course.started_at)
    course.remarks += remarks
    for course.backup in backups:
        manifest = ground.store.manifest(course.backup)
        remark = still_arriving(manifest, ground.keys(course.backup), now=course.started_at)
        if remark is None:
            return manifest
        log.warning("A backup was passed over", reason=remark)
        course.remarks.append(remark)
    raise NoBackup(
        f"no backup in {ground.store} has arrived whole: {course.remarks[-1]} Drill again in an hour."
    )


def _refuse(course: _Course) -> None:
    if not course.differences:
        return
    shown = "; ".join(course.differences[:_SHOWN])
    more = len(course.differences) - _SHOWN
    raise DrillFailed(
        f"backup {course.backup} was restored and is not what was backed up, {len(course.differences)} "
        f"differences: {shown}{f'; and {more} more' if more > 0 else ''}. The report names all of them. Do "
        "not rely on this backup; take another and drill it."
    )


def _remark(course: _Course, trial: Trial, log: Log) -> None:
    if trial.error is not None:
        course.remarks.append(f"the pending migrations would fail: {trial.error}")
        log.warning("The pending migrations would fail on this data", reason=trial.error)


def _full(directory: Path, reason: str) -> SpaceLacking:
    return SpaceLacking(f"the disk of {directory} is full: {reason.rstrip('.')}. {space.ADVICE}")


def _said(error: BaseException) -> str:
    if isinstance(error, DatatierError):
        return str(error)
    # What nobody foresaw may quote a row.
    return f"the drill ended with {type(error).__name__}; its log says where."
