"""Backups in a folder, laid out as in a bucket: downloaded ones, and those of benches and tests.

Only whole objects appear under their names, and none is overwritten.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Final

from containers.backup.errors import DigestMismatch, NoBackup, ObjectExists, ObjectMissing
from containers.backup.manifest import Manifest, StoredObject, decode, encode
from lambdas.common.backup_layout import MANIFEST, BackupId, backups_of, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BLOCK_BYTES: Final = 1024 * 1024


class FolderStore:
    """See `containers.backup.store.Store`."""

    def __init__(self, root: Path, *, database: str) -> None:
        self._root = root
        self._database = database

    def __str__(self) -> str:
        return str(self._root / backups_of(self._database))

    def write(self, backup: BackupId, key: str, blocks: Iterable[bytes]) -> StoredObject:
        """See `Store`."""
        path = self._path(backup, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        digest, size = hashlib.sha256(), 0
        try:
            with waiting.open("xb") as file:
                for block in blocks:
                    digest.update(block)
                    size += len(block)
                    file.write(block)
            os.link(waiting, path)
        except FileExistsError:
            raise ObjectExists(f"{path} is there already: nothing is overwritten.") from None
        finally:
            waiting.unlink(missing_ok=True)
        return StoredObject(key=key, stored_bytes=size, sha256=digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """See `Store`."""
        self.write(BackupId.parse(manifest.backup), MANIFEST, [encode(manifest)])

    def backups(self) -> list[BackupId]:
        """See `Store`."""
        found = (self._root / backups_of(self._database)).glob(f"*/{MANIFEST}")
        return sorted(BackupId.parse(path.parent.name) for path in found)

    def manifest(self, backup: BackupId) -> Manifest:
        """See `Store`."""
        path = self._path(backup, MANIFEST)
        try:
            document = path.read_bytes()
        except FileNotFoundError:
            raise NoBackup(f"there is no complete backup {backup} in {self}.") from None
        return decode(document, name=str(path))

    def read(self, backup: BackupId, stored: StoredObject) -> Iterator[bytes]:
        """See `Store`."""
        path = self._path(backup, stored.key)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    digest.update(block)
                    size += len(block)
                    yield block
        except FileNotFoundError:
            raise ObjectMissing(f"{path}, which the manifest names, is not there.") from None
        if (size, digest.hexdigest()) != (stored.stored_bytes, stored.sha256):
            raise DigestMismatch(f"{path} is not what was written: its size or its SHA-256 differs.")

    def _path(self, backup: BackupId, key: str) -> Path:
        return self._root / prefix_of(self._database, backup) / key
