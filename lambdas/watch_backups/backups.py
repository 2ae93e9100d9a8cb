"""Which backups a bucket holds whole, told by its listing alone: no manifest is opened, no table's name read.

A backup of the replica is whole only with every object that the source has of it: S3 may copy the manifest
first.
"""

from datetime import datetime

from lambdas.common.backup_layout import MANIFEST, BackupId, backups_of, newest_first, prefix_of
from lambdas.watch_backups.bucket import Bucket


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
