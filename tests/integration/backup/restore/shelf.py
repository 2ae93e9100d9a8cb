"""A store in memory that can be spoiled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from containers.backup.errors import DigestMismatch, NoBackup, ObjectMissing
from containers.backup.manifest import Manifest, StoredObject, decode, encode
from lambdas.common.backup_layout import MANIFEST, BackupId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK = 1024


@dataclass
class Shelf:
    """See `containers.backup.store.Store`. `during` is called before each block that is read."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict["tuple[str, str]", bytes])
    during: Callable[[str], None] = lambda _: None
    block: int = BLOCK

    def write(self, backup: BackupId, key: str, blocks: Iterable[bytes]) -> StoredObject:
        content = b"".join(blocks)
        self.objects[str(backup), key] = content
        return StoredObject(key=key, stored_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self.objects[manifest.backup, MANIFEST] = encode(manifest)

    def backups(self) -> list[BackupId]:
        return sorted(BackupId.parse(backup) for backup, key in self.objects if key == MANIFEST)

    def manifest(self, backup: BackupId) -> Manifest:
        document = self.objects.get((str(backup), MANIFEST))
        if document is None:
            raise NoBackup(f"there is no backup {backup}.")
        return decode(document, name=str(backup))

    def read(self, backup: BackupId, stored: StoredObject) -> Iterator[bytes]:
        content = self.objects.get((str(backup), stored.key))
        if content is None:
            raise ObjectMissing(f"{stored.key} of {backup} is not there.")
        for start in range(0, len(content), self.block):
            self.during(stored.key)
            yield content[start : start + self.block]
        if hashlib.sha256(content).hexdigest() != stored.sha256:
            raise DigestMismatch(f"{stored.key} of {backup} is not what was written.")
