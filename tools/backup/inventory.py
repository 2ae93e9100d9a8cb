"""What backups a copy holds, with what their manifests say, and which of them the other copy holds whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from containers.backup.errors import BackupInvalid
from containers.backup.s3_errors import worded
from lambdas.common.backup_layout import MANIFEST, BackupId, backups_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from containers.backup.manifest import Manifest
    from tools.backup.places import Vault

_THREADS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Held:
    """One complete backup; `problem` says why its manifest cannot be believed, and then there is none.

    `lacking` is how many of its objects the other copy lacks, None when that one could not be asked.
    """

    name: BackupId
    manifest: Manifest | None
    lacking: int | None
    problem: str | None = None

    @property
    def taken_at(self) -> datetime:
        """When its snapshot was taken; its beginning, where the manifest cannot be believed."""
        if self.manifest is None:
            return self.name.moment
        return datetime.fromisoformat(self.manifest.snapshot_at).astimezone(UTC)

    def document(self, now: datetime) -> dict[str, object]:
        """What `--json` prints; sizes in bytes."""
        manifest = self.manifest
        return {
            "backup": str(self.name),
            "taken_at": self.taken_at.isoformat(),
            "age_hours": round((now - self.taken_at).total_seconds() / 3600, 2),
            "rows": manifest and manifest.rows,
            "tables": manifest and len(manifest.tables),
            "stored_bytes": manifest and manifest.stored_bytes,
            "database_bytes": manifest and manifest.database_bytes,
            "source": manifest and manifest.source,
            "server_version": manifest and manifest.server_version,
            "other_copy": _other(self.lacking),
            "other_copy_lacks_objects": self.lacking,
            "problem": self.problem,
        }


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The backups of one copy, the newest first; how many are incomplete, and why the other was not asked."""

    held: tuple[Held, ...]
    incomplete: int
    other_problem: str | None


def inventory(here: Vault, other: Callable[[], Vault]) -> Inventory:
    """Look at every backup of `here`; `other` finds the other copy, and its failure is told, not raised.

    Raises StoreError.
    """
    mine = _keys(here)
    theirs, problem = _asked(other)
    store = here.store()
    complete = sorted((name for name, keys in mine.items() if MANIFEST in keys), reverse=True)

    def look(name: BackupId) -> Held:
        # Object by object: S3 may copy the manifest before the rows that it names.
        lacking = None if theirs is None else len(mine[name] - theirs.get(name, frozenset()))
        try:
            return Held(name=name, manifest=store.manifest(name), lacking=lacking)
        except BackupInvalid as error:
            return Held(name=name, manifest=None, lacking=lacking, problem=str(error))

    with ThreadPoolExecutor(_THREADS) as threads:
        held = tuple(threads.map(look, complete))
    return Inventory(held=held, incomplete=len(mine) - len(complete), other_problem=problem)


def _asked(other: Callable[[], Vault]) -> tuple[dict[BackupId, frozenset[str]] | None, str | None]:
    try:
        return _keys(other()), None
    except Exception as error:  # noqa: BLE001  whatever ails the other copy, this one is shown
        return None, str(error)


def _keys(vault: Vault) -> dict[BackupId, frozenset[str]]:
    """Return the keys of every backup, complete or not, relative to it."""
    prefix = backups_of(vault.database)
    found: dict[BackupId, set[str]] = {}
    with worded(f"listing {vault.title}"):
        pages = vault.cloud.s3().get_paginator("list_objects_v2").paginate(Bucket=vault.bucket, Prefix=prefix)
        for page in pages:
            for one in page.get("Contents", []):
                name, _, key = one.get("Key", "").removeprefix(prefix).partition("/")
                if (backup := _backup(name)) is not None:
                    found.setdefault(backup, set()).add(key)
    return {backup: frozenset(keys) for backup, keys in found.items()}


def _backup(name: str) -> BackupId | None:
    try:
        return BackupId.parse(name)
    except ValueError:
        return None


def _other(lacking: int | None) -> str:
    if lacking is None:
        return "unknown"
    return "complete" if lacking == 0 else "incomplete"
