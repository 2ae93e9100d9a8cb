"""Where a drill says that it has begun and what it has found: two objects, never overwritten."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from containers.backup.download import Place
from containers.backup.drill.report import Report, encode, encode_start
from containers.backup.upload import upload
from lambdas.common.backup_layout import DRILL_REPORT, DRILL_STARTED, drill_prefix

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Reports(Protocol):
    """The reports of one database's drills."""

    def begin(self, started_at: datetime) -> None:
        """Say that a drill has begun. Raises ObjectExists, StoreError."""
        ...

    def finish(self, report: Report) -> None:
        """Say what it has found. Raises ObjectExists, StoreError."""
        ...


class S3Reports:
    """The real ones, in the bucket that the drill reads."""

    def __init__(self, client: "S3Client", *, bucket: str, database: str) -> None:
        self._client = client
        self._bucket = bucket
        self._database = database

    def begin(self, started_at: datetime) -> None:
        """See `Reports`."""
        self._write(started_at, DRILL_STARTED, encode_start(started_at))

    def finish(self, report: Report) -> None:
        """See `Reports`."""
        self._write(report.started_at, DRILL_REPORT, encode(report))

    def _write(self, started_at: datetime, name: str, document: bytes) -> None:
        key = drill_prefix(self._database, started_at) + name
        upload(Place(client=self._client, bucket=self._bucket, key=key), [document])
