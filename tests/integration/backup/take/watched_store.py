"""A store in a folder whose every step can be watched, and spoiled."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tools.backup.folder_store import FolderStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from containers.backup.manifest import Manifest, StoredObject
    from lambdas.common.backup_layout import BackupId


class WatchedStore(FolderStore):
    """`during` is called at each step: a word for it and the key it is of."""

    def __init__(self, root: Path, *, database: str) -> None:
        super().__init__(root, database=database)
        self.root = root
        self.during: Callable[[str, str], None] = lambda _step, _key: None
        self._one_at_a_time = threading.Lock()

    def write(self, backup: BackupId, key: str, blocks: Iterable[bytes]) -> StoredObject:
        self.step("begin", key)
        stored = super().write(backup, key, self._watched(key, blocks))
        self.step("stored", key)
        return stored

    def finish(self, manifest: Manifest) -> None:
        self.step("finish", "manifest.json")
        super().finish(manifest)

    def step(self, name: str, key: str) -> None:
        with self._one_at_a_time:
            self.during(name, key)

    def files(self) -> list[Path]:
        """Every object that is there."""
        return [path for path in self.root.rglob("*") if path.is_file() and not path.name.startswith(".")]

    def _watched(self, key: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.step("block", key)
            yield block
        self.step("end", key)


def once(act: Callable[[], object], *, at: str, of: str = "") -> Callable[[str, str], None]:
    """Do something at the first step of that name, of a key that begins so."""
    left = [act]

    def during(step: str, key: str) -> None:
        if step == at and key.startswith(of) and left:
            left.pop()()

    return during
