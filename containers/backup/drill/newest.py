"""Which backup a drill restores: the newest of which everything has arrived. It lists, and changes nothing.

S3 copies objects in no order, and the small manifest often before the rows that it names; so a backup that
was finished just now may be on its way. One that lacks an object for longer is broken, and never passed over.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from containers.backup.errors import ManifestInvalid, NoBackup, ObjectMissing
from containers.backup.manifest import Manifest
from containers.backup.s3_errors import worded
from containers.backup.store import Store
from lambdas.common.backup_layout import CLOCKS_DIFFER, BackupId, newest_first, prefix_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Keys = Callable[[BackupId], Collection[str]]
"""Lists the keys of a backup's objects, relative to it. Raises StoreError."""

ARRIVING: Final = timedelta(hours=1)
"""For how long after its end a backup may still be on its way: four times the 15 minutes within which S3's
Replication Time Control is to have copied an object (Amazon S3 User Guide)."""

_SHOWN: Final = 3


def keys_in(client: "S3Client", *, bucket: str, database: str) -> Keys:
    """Return what lists a backup in a bucket."""

    def keys(backup: BackupId) -> Collection[str]:
        prefix = prefix_of(database, backup)
        found: set[str] = set()
        with worded(f"listing s3://{bucket}/{prefix}"):
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                found |= {one.get("Key", "").removeprefix(prefix) for one in page.get("Contents", [])}
        return found

    return keys


def candidates(store: Store, *, now: datetime) -> tuple[list[BackupId], list[str]]:
    """Return the complete backups, the newest first, and what a report should remark of the others.

    Raises NoBackup, StoreError.
    """
    backups = store.backups()
    found = newest_first(map(str, backups), now=now)
    future = [str(one) for one in backups if one not in found]
    if not found:
        named = f" but {future[0]}, which is named for the future" if future else ""
        raise NoBackup(
            f"there is no complete backup in {store}{named}, so there is nothing to drill. Look at the last "
            "backup (`datatier backup list`) and at the bucket's replication."
        )
    if not future:
        return found, []
    why = "a clock was wrong, or somebody has laid it there"
    return found, [f"passed over, for it is named for the future: {_some(future)}; {why}."]


def age_seconds(manifest: Manifest, *, now: datetime) -> float:
    """How old a backup's snapshot is; 0 if it is to come by no more than clocks differ.

    Raises ManifestInvalid: it is to come by more.
    """
    age = now - datetime.fromisoformat(manifest.snapshot_at)
    if age < -CLOCKS_DIFFER:
        raise ManifestInvalid(
            f"backup {manifest.backup} says that its snapshot was taken at {manifest.snapshot_at}, which is "
            "to come: a clock was wrong, or somebody has made it. Do not rely on it; take another, and drill."
        )
    return max(0.0, age.total_seconds())


def still_arriving(manifest: Manifest, held: Collection[str], *, now: datetime) -> str | None:
    """Return what to remark of a backup of which not everything has arrived; None: it is whole.

    Raises ObjectMissing: it has had its time, and names an object that is not there.
    """
    lacking = [stored.key for stored in manifest.objects if stored.key not in held]
    if not lacking:
        return None
    said = f"{manifest.backup} was finished at {manifest.finished_at} and lacks {_some(lacking)}"
    if abs(now - datetime.fromisoformat(manifest.finished_at)) > ARRIVING:
        raise ObjectMissing(
            f"backup {said}, which its manifest names. Look at the bucket's replication; take another backup."
        )
    return f"passed over, for it is still on its way: {said}."


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
