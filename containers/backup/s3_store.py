"""The real store of backups: one database's prefix in a bucket of S3. It writes anew and deletes nothing."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from botocore.config import Config

from containers.backup.download import Content, Place, download, whole
from containers.backup.errors import ManifestInvalid, NoBackup, ObjectMissing
from containers.backup.manifest import Manifest, StoredObject, decode, encode
from containers.backup.s3_errors import worded
from containers.backup.upload import upload
from lambdas.common.backup_layout import MANIFEST, BackupId, backups_of, prefix_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIGURATION: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=10,
    read_timeout=60,
    tcp_keepalive=True,
    max_pool_connections=64,
    response_checksum_validation="when_required",  # ours covers the whole stream, over whatever breaks it
)
"""How a client of S3 is to be made: `boto3.client("s3", config=CONFIGURATION)`."""


class S3Store:
    """See `containers.backup.store.Store`. `client` may be shared by threads."""

    def __init__(self, client: "S3Client", *, bucket: str, database: str) -> None:
        self._client = client
        self._bucket = bucket
        self._database = database

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{backups_of(self._database)}"

    def write(self, backup: BackupId, key: str, blocks: Iterable[bytes]) -> StoredObject:
        """See `Store`. Holds at most three parts of 16 MiB: two on their way, one that fills."""
        content = upload(self._place(backup, key), blocks)
        return StoredObject(key=key, stored_bytes=content.size, sha256=content.sha256)

    def finish(self, manifest: Manifest) -> None:
        """See `Store`."""
        upload(self._place(BackupId.parse(manifest.backup), MANIFEST), [encode(manifest)])

    def backups(self) -> list[BackupId]:
        """See `Store`."""
        prefix = backups_of(self._database)
        found: list[BackupId] = []
        with worded(f"listing {self}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            ):
                keys = [entry.get("Key", "").removeprefix(prefix) for entry in page.get("Contents", [])]
                found += [backup for key in keys if (backup := _finished(key))]
        return sorted(found)

    def manifest(self, backup: BackupId) -> Manifest:
        """See `Store`. ManifestInvalid also when somebody has laid another backup's there."""
        place = self._place(backup, MANIFEST)
        try:
            document = whole(place)
        except ObjectMissing as error:
            raise NoBackup(
                f"there is no complete backup {backup} in {self}. `datatier backup list` names all."
            ) from error
        found = decode(document, name=str(place))
        if (found.backup, found.database) != (str(backup), self._database):
            raise ManifestInvalid(
                f"the manifest {place} is of backup {found.backup} of database "
                f"{json.dumps(found.database)}: somebody has laid it there. Restore another backup."
            )
        return found

    def read(self, backup: BackupId, stored: StoredObject) -> Iterator[bytes]:
        """See `Store`."""
        content = Content(size=stored.stored_bytes, sha256=stored.sha256)
        return download(self._place(backup, stored.key), content)

    def _place(self, backup: BackupId, key: str) -> Place:
        return Place(
            client=self._client, bucket=self._bucket, key=f"{prefix_of(self._database, backup)}{key}"
        )


def _finished(key: str) -> BackupId | None:
    """The backup whose manifest `key` is, relative to the database's prefix."""
    name, _, rest = key.partition("/")
    if rest != MANIFEST:
        return None
    try:
        return BackupId.parse(name)
    except ValueError:
        return None
