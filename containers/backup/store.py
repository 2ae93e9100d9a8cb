"""What a backup asks of where it is kept, and what a restore does. One bucket; `S3Store` is the real one.

It can write what is new and read what is there. It cannot overwrite or delete, and the roles cannot either.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from containers.backup.manifest import Manifest, StoredObject
from lambdas.common.backup_layout import BackupId


class Store(Protocol):
    """The backups of one database."""

    def write(self, backup: BackupId, key: str, blocks: Iterable[bytes]) -> StoredObject:
        """Store a stream, in constant memory, under a key relative to the backup.

        What `blocks` raises is raised again, and nothing is stored. Raises ObjectExists, StoreError.
        """
        ...

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: from now on it is a backup. Raises ObjectExists, StoreError."""
        ...

    def backups(self) -> list[BackupId]:
        """Return every backup that has a manifest, the oldest first. Raises StoreError."""
        ...

    def manifest(self, backup: BackupId) -> Manifest:
        """Return a backup's manifest. Raises NoBackup, ManifestInvalid, StoreError."""
        ...

    def read(self, backup: BackupId, stored: StoredObject) -> Iterator[bytes]:
        """Yield an object's bytes. After the last: DigestMismatch, if they are not those that were written.

        Who uses the bytes before the end must be able to take it back. Raises ObjectMissing, StoreError.
        """
        ...
