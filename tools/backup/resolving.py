"""Finds the backup that a person means in a copy, and its manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from containers.backup.manifest import Manifest
    from containers.backup.store import Store
    from lambdas.common.backup_layout import BackupId
    from tools.backup.choice import Choice


def resolve(store: Store, choice: Choice, *, where: str) -> tuple[BackupId, Manifest]:
    """Return the backup and its manifest; of a moment, the newest whose snapshot is not after it.

    Raises:
        NoBackup: there is none.
        ManifestInvalid, StoreError: as their names say.
    """
    backups = store.backups()
    for backup in choice.candidates(backups, where=where, now=datetime.now(UTC)):
        manifest = store.manifest(backup)
        if choice.moment is None or datetime.fromisoformat(manifest.snapshot_at) <= choice.moment:
            return backup, manifest
    raise choice.too_early(backups, where=where)
