"""Restores a backup into a database and compares what is there then with the manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from containers.backup.compare import differences
from containers.backup.programs import Programs
from containers.backup.restore.run import Target, restore
from lambdas.common.connections import open_session
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
    """Restore, then compare.

    Raises:
        BackupError: as `containers.backup.restore.run.restore`.
        ConnectionFailed: the database is not to be reached any more.
    """
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
    tell(Seen(message="Comparing"))
    expected = manifest if tables is None else _only(manifest, tables)
    with open_session(destination.parameters, where=destination.title) as connection:
        found = differences(expected, connection, streams=streams)
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


def _only(manifest: Manifest, tables: Collection[str]) -> Manifest:
    """The manifest of some tables' rows: what else a database holds is not judged then."""
    chosen = tuple(table for table in manifest.tables if table.identity in tables)
    return replace(manifest, tables=chosen, sequences=(), large_objects=None, facts={})


def _seen(progress: Progress) -> Seen:
    return Seen(
        message=progress.message or "Checking",
        tables=progress.tables,
        tables_done=progress.tables_done,
        bytes_done=progress.bytes_done,
        bytes_total=progress.bytes_total,
    )
