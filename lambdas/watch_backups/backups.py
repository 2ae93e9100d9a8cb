"""Which backups a bucket holds whole, told by its listing alone: no manifest is opened, no table's name read.

A backup of the replica is whole only with every object that the source has of it: S3 may copy the manifest
first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from lambdas.common.backup_layout import MANIFEST, BackupId, backups_of, prefix_of
from lambdas.watch_backups.bucket import Bucket

_CLOCKS_DIFFER: Final = timedelta(hours=1)


def newest_first(folders: Iterable[str], *, now: datetime) -> list[BackupId]:
    """Read the names of backups. Pure.

    What is no backup's name is passed over, and so is one of the future: it would hide that none is taken.
    """
    found: list[BackupId] = []
    for name in folders:
        try:
            found.append(BackupId.parse(name))
        except ValueError:
            continue
    return sorted((one for one in found if one.moment <= now + _CLOCKS_DIFFER), reverse=True)


def newest_whole(
    bucket: Bucket, *, database: str, now: datetime, source: Bucket | None = None
) -> BackupId | None:
    """Return the newest backup that has its manifest and lacks nothing that `source` has of it.

    Raises BucketUnreadable.
    """
    for backup in newest_first(bucket.folders(backups_of(database)), now=now):
        prefix = prefix_of(database, backup)
        held = bucket.keys(prefix)
        if MANIFEST in held and (source is None or source.keys(prefix) <= held):
            return backup
    return None
