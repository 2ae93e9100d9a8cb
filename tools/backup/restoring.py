"""Restores a backup into a database and compares what is there then with the manifest."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from containers.backup.compare import Before, differences, held
from containers.backup.programs import Programs
from containers.backup.restore.progress import CHECKING
from containers.backup.restore.run import Target, restore
from lambdas.common.connections import open_session
from tools.backup.chosen_part import part_of
from tools.backup.outcome import COMPARING
from tools.backup.progress import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from containers.backup.manifest import Manifest
    from containers.backup.restore.run import Progress
    from containers.backup.store import Store
    from lambdas.common.backup_layout import BackupId
    from tools.backup.destination import Destination
    from tools.servers.binaries import Binaries


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was restored, and how it differs from the backup."""

    rows: int
    tables: int
    restored_bytes: int
    left_out: tuple[str, ...]
    """What depends on the restored tables and was not asked for."""
    differences: tuple[str, ...]


def restore_and_compare(
    store: Store,
    backup: BackupId,
    manifest: Manifest,
    destination: Destination,
    *,
    programs: Binaries,
    tables: Collection[str] | None,
    streams: int,
    allow_non_empty: bool,
    tell: Callable[[Seen], None],
) -> Done:
    """Restore, then compare: some `tables` with what belongs to them, or everything.

    What was in the database before is no difference where it may be there.

    Raises:
        BackupError: as `containers.backup.restore.run.restore`.
        ConnectionFailed: the database is not to be reached any more.
    """
    tell(Seen(message=CHECKING))
    before = Before() if tables is not None else _before(destination) if allow_non_empty else None
    target = Target(parameters=destination.parameters, programs=programs_of(programs))
    done = restore(
        store,
        backup,
        target,
        tables=tables,
        streams=streams,
        progress=lambda progress: tell(_seen(progress)),
        allow_non_empty=allow_non_empty,
    )
    tell(Seen(message=COMPARING))
    expected = manifest if tables is None else part_of(manifest, tables)
    with closing(open_session(destination.parameters, where=destination.title)) as connection:
        found = differences(expected, connection, streams=streams, before=before)
    return Done(
        rows=done.rows,
        tables=done.tables,
        restored_bytes=done.restored_bytes,
        left_out=done.left_out,
        differences=tuple(found),
    )


def programs_of(found: Binaries) -> Programs:
    """PostgreSQL's programs as they are installed here."""
    return Programs(directory=found.directory, libraries=found.libraries.get("LD_LIBRARY_PATH", ""))


def _before(destination: Destination) -> Before:
    with closing(open_session(destination.parameters, where=destination.title)) as connection:
        return held(connection)


def _seen(progress: Progress) -> Seen:
    return Seen(
        message=progress.message or CHECKING,
        tables=progress.tables,
        tables_done=progress.tables_done,
        bytes_done=progress.bytes_done,
        bytes_total=progress.bytes_total,
    )
