"""Reads every object of a backup and proves that its bytes are those written. It restores nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

from containers.backup.errors import BackupInvalid, ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from containers.backup.manifest import Manifest, StoredObject
    from containers.backup.store import Store
    from lambdas.common.backup_layout import BackupId


def verify(
    store: Store,
    backup: BackupId,
    manifest: Manifest,
    *,
    streams: int,
    tell: Callable[[int], None],
) -> list[str]:
    """Return what is wrong, an object a sentence, in the manifest's order; nothing if all is as written.

    `tell` hears, from any thread, how many bytes more were read.

    Raises:
        StoreError: the store does not answer or does not allow it; that says nothing about the backup.
    """
    ended = Event()

    def read(stored: StoredObject) -> str | None:
        try:
            for block in store.read(backup, stored):
                if ended.is_set():  # another object could not be asked for: nobody waits for this one
                    return None
                tell(len(block))
        except (BackupInvalid, ObjectMissing) as error:
            return str(error)
        return None

    with ThreadPoolExecutor(streams) as threads:
        try:
            return [problem for problem in threads.map(read, manifest.objects) if problem]
        except BaseException:
            ended.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
