"""A deployed tier as moto has it: its parameters, its two buckets, and backups put into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from containers.backup.manifest import Manifest, StoredObject, Table
from containers.backup.s3_store import S3Store
from lambdas.common.backup_layout import SCHEMA, BackupId, data
from tools.access.cloud import Cloud

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION, RECOVERY = "us-east-1", "us-west-2"
DATABASE = "app"
BUCKETS = {"source": "the-source", "replica": "the-replica"}
REGIONS = {"source": REGION, "replica": RECOVERY}
ARGUMENTS = ("--env", "dev", "--aws")


@dataclass(frozen=True, kw_only=True)
class Tier:
    """`dev` in a mocked AWS, with empty buckets at first."""

    cloud: Cloud
    clients: dict[str, S3Client] = field(repr=False)

    def store(self, copy: str) -> S3Store:
        return S3Store(self.clients[copy], bucket=BUCKETS[copy], database=DATABASE)

    def take(self, *copies: str, at: str, chunks: int = 1, whole: bool = True) -> BackupId:
        """Put one backup, the same in each copy; without its manifest if it is not whole."""
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        backup = BackupId.new(moment)
        for copy in copies:
            store = self.store(copy)
            schema = store.write(backup, SCHEMA, [b"the schema"])
            rows = tuple(store.write(backup, data(1 + n), [b"rows %d" % n]) for n in range(chunks))
            if whole:
                store.finish(manifest(backup, moment, schema, rows))
        return backup


def manifest(
    backup: BackupId, moment: datetime, schema: StoredObject, rows: tuple[StoredObject, ...]
) -> Manifest:
    table = Table(
        schema="public",
        name="users",
        columns=("id",),
        rows=1_234_567,
        checksum="1",
        copy_bytes=10,
        chunks=rows,
    )
    return Manifest(
        backup=str(backup), database=DATABASE, database_bytes=1024**3, encoding="UTF8", collation="C",
        server_version=150018, source="datatier-dev-replica-1.abc.us-east-1.rds.amazonaws.com",
        snapshot="1", snapshot_at=moment.isoformat(), finished_at=moment.isoformat(), schema=schema,
        tables=(table,), sequences=(), large_objects=None, roles=("datatier_owner",),
    )  # fmt: skip


def deploy() -> Tier:
    """Make the buckets and publish the parameters, within moto."""
    clients = {copy: boto3.client("s3", region_name=region) for copy, region in REGIONS.items()}
    clients["source"].create_bucket(Bucket=BUCKETS["source"])
    clients["replica"].create_bucket(
        Bucket=BUCKETS["replica"], CreateBucketConfiguration={"LocationConstraint": RECOVERY}
    )
    for part, copy in (("backup", "source"), ("drill", "replica")):
        ssm = boto3.client("ssm", region_name=REGIONS[copy])
        values = {
            "bucket": BUCKETS[copy],
            "cluster": f"datatier-dev-{part}",
            "task": f"arn:aws:ecs:{REGIONS[copy]}:123456789012:task-definition/datatier-dev-{part}:3",
            "subnets": "subnet-1,subnet-2",
            "security-group": "sg-1",
        }
        for name, value in values.items():
            ssm.put_parameter(Name=f"/datatier/dev/{part}/{name}", Value=value, Type="String")
    return Tier(
        cloud=Cloud(environment="dev", region=REGION, endpoint=None, recovery_region=RECOVERY),
        clients=clients,
    )
