"""An emulated S3 behind a proxy that fails on demand, and stores in buckets of each test's own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from containers.backup.s3_store import CONFIGURATION, S3Store
from lambdas.common.backup_layout import BackupId
from tests.integration.backup.store.faulty_s3 import FaultyS3
from tests.integration.rehearsal.emulated_aws import EmulatedAws, emulated_aws
from tools.rehearsal.clouds import session
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.integration.backup.store.faulty_s3 import Faults

IMPATIENT = CONFIGURATION.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=1.5)
)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A store, the bucket below it seen past the proxy, and what the proxy is to do."""

    store: S3Store
    bucket: str
    client: S3Client
    faults: Faults
    backup: BackupId

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [entry.get("Key", "") for entry in found]

    def unfinished(self) -> int:
        return len(self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []))


@pytest.fixture(scope="session")
def aws() -> Iterator[EmulatedAws]:
    with emulated_aws(state_directory() / "emulators") as running:
        yield running


@pytest.fixture(params=[IMPATIENT], ids=["impatient"])
def ground(aws: EmulatedAws, request: pytest.FixtureRequest) -> Iterator[Ground]:
    plain: S3Client = aws.client("s3")
    bucket = f"backups-{secrets.token_hex(6)}"
    plain.create_bucket(Bucket=bucket)
    with FaultyS3(aws.tier.endpoint) as proxy:
        made: Any = session(aws.tier.region)
        client = made.client("s3", endpoint_url=proxy.url, config=request.param)
        yield Ground(
            store=S3Store(client, bucket=bucket, database="shop"),
            bucket=bucket,
            client=plain,
            faults=proxy.faults,
            backup=BackupId.new(datetime.now(tz=UTC)),
        )
        client.close()
    plain.close()
