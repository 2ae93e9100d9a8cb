"""The function over two buckets in two regions: each copy's figures, whatever becomes of the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from lambdas.common.backup_layout import MANIFEST, BackupId, data, drill_prefix, prefix_of
from lambdas.common.errors import EnvironmentInvalid
from lambdas.watch_backups.environment import parse_environment
from lambdas.watch_backups.errors import BucketUnreadable
from lambdas.watch_backups.handler import handler
from lambdas.watch_backups.readings import NEVER_HOURS
from tests.unit.watch_backups.figures import DATABASE, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

REGIONS = {"source": "us-east-1", "replica": "us-west-2"}
VARIABLES = {
    "SOURCE_BUCKET": "source",
    "REPLICA_BUCKET": "replica",
    "RECOVERY_REGION": "us-west-2",
    "DATABASE": DATABASE,
    "METRICS_NAMESPACE": "datatier/prod",
    "DRILL_HOURS": "4",
}


class Buckets:
    """Both buckets, empty at first."""

    def __init__(self) -> None:
        self.clients: dict[str, S3Client] = {
            name: boto3.client("s3", region_name=region) for name, region in REGIONS.items()
        }
        self.clients["source"].create_bucket(Bucket="source")
        self.clients["replica"].create_bucket(
            Bucket="replica", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )

    def put(self, bucket: str, key: str, body: bytes = b"x") -> None:
        self.clients[bucket].put_object(Bucket=bucket, Key=key, Body=body)

    def backup(self, *buckets: str, hours_ago: float, chunks: int = 1, whole: bool = True) -> BackupId:
        """Put a backup into buckets, with its manifest if it is whole."""
        backup = BackupId.new(datetime.now(tz=UTC) - timedelta(hours=hours_ago))
        keys = [data(number + 1) for number in range(chunks)] + ([MANIFEST] if whole else [])
        for bucket in buckets:
            for key in keys:
                self.put(bucket, prefix_of(DATABASE, backup) + key)
        return backup

    def drill(self, *, hours_ago: float, report: dict[str, object] | None) -> None:
        """Put a drill into the replica's bucket."""
        prefix = drill_prefix(DATABASE, datetime.now(tz=UTC) - timedelta(hours=hours_ago))
        self.put("replica", f"{prefix}started.json", b"{}")
        if report is not None:
            self.put("replica", f"{prefix}report.json", json.dumps({"format": 1, **report}).encode())

    def remove(self, bucket: str) -> None:
        """Delete a bucket with all that is in it."""
        for one in self.clients[bucket].list_objects_v2(Bucket=bucket).get("Contents", []):
            self.clients[bucket].delete_object(Bucket=bucket, Key=one.get("Key", ""))
        self.clients[bucket].delete_bucket(Bucket=bucket)


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Buckets]:
    """Return both buckets, and tell the function of them."""
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)
        yield Buckets()


def test_a_healthy_pair_tells_equal_ages_and_nothing_pending(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets.backup("source", "replica", hours_ago=34)
    buckets.backup("source", "replica", hours_ago=10)
    buckets.drill(hours_ago=48, report={"succeeded": True, "rto_seconds": 60.5, "rpo_seconds": 3600})
    handler({}, None)
    assert published(capsys) == {
        "BackupAgeHours source": 10,
        "BackupAgeHours replica": 10,
        "ReplicationPendingObjects": 0,
        "DrillAgeHours": 48,
        "DrillFailed": 0,
        "MeasuredRtoSeconds": 60.5,
        "MeasuredRpoSeconds": 3600,
    }


def test_two_empty_buckets_are_as_alarming_as_an_old_backup(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    assert buckets
    handler({}, None)
    assert published(capsys) == {
        "BackupAgeHours source": NEVER_HOURS,
        "BackupAgeHours replica": NEVER_HOURS,
        "ReplicationPendingObjects": 0,
        "DrillAgeHours": NEVER_HOURS,
        "DrillFailed": 0,
    }


def test_an_incomplete_backup_is_none(buckets: Buckets, capsys: pytest.CaptureFixture[str]) -> None:
    buckets.backup("source", "replica", hours_ago=30)
    buckets.backup("source", "replica", hours_ago=1, whole=False)
    handler({}, None)
    found = published(capsys)
    assert (found["BackupAgeHours source"], found["BackupAgeHours replica"]) == (30, 30)


def test_a_manifest_that_arrived_before_its_rows_makes_no_backup_of_the_replica(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets.backup("source", "replica", hours_ago=25)
    newest = buckets.backup("source", hours_ago=1, chunks=3)
    prefix = prefix_of(DATABASE, newest)
    buckets.put("replica", prefix + MANIFEST)
    buckets.put("replica", prefix + data(2))
    handler({}, None)
    found = published(capsys)
    assert (found["BackupAgeHours source"], found["BackupAgeHours replica"]) == (1, 25)
    assert found["ReplicationPendingObjects"] == 2


def test_a_backup_of_more_objects_than_one_page_lists_is_counted_whole(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = buckets.backup("source", hours_ago=1, chunks=1150)
    for number in range(1, 1021):
        buckets.put("replica", prefix_of(DATABASE, newest) + data(number))
    handler({}, None)
    found = published(capsys)
    assert found["ReplicationPendingObjects"] == 1150 - 1020 + 1
    assert found["BackupAgeHours source"] == 1
    assert found["BackupAgeHours replica"] == NEVER_HOURS


def test_another_database_whose_name_begins_alike_is_not_looked_at(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    other = BackupId.new(datetime.now(tz=UTC))
    buckets.put("source", f"backups/app2/{other}/{MANIFEST}")
    handler({}, None)
    assert published(capsys)["BackupAgeHours source"] == NEVER_HOURS


def test_a_lost_replica_fails_the_call_after_the_source_was_told(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets.backup("source", "replica", hours_ago=2)
    buckets.remove("replica")
    with pytest.raises(BucketUnreadable, match="bucket replica does not hand out") as failure:
        handler({}, None)
    assert published(capsys) == {"BackupAgeHours source": 2}
    assert "Traceback" not in str(failure.value)


def test_a_lost_source_fails_the_call_after_the_replica_and_the_drills_were_told(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets.backup("source", "replica", hours_ago=2)
    buckets.drill(hours_ago=1, report={"succeeded": False, "error": "a row is missing"})
    buckets.remove("source")
    with pytest.raises(BucketUnreadable, match="bucket source"):
        handler({}, None)
    assert published(capsys) == {
        "BackupAgeHours replica": 2,
        "DrillAgeHours": NEVER_HOURS,
        "DrillFailed": 1,
    }


def test_a_drill_without_a_report_fails_only_after_its_hours(
    buckets: Buckets, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets.drill(hours_ago=168, report={"succeeded": True})
    buckets.drill(hours_ago=3, report=None)
    handler({}, None)
    assert published(capsys)["DrillFailed"] == 0
    buckets.drill(hours_ago=5, report=None)
    handler({}, None)
    assert published(capsys)["DrillFailed"] == 1


def test_what_is_no_drill_is_passed_over(buckets: Buckets, capsys: pytest.CaptureFixture[str]) -> None:
    buckets.put("replica", "drills/app/notes/readme.txt")
    handler({}, None)
    assert published(capsys)["DrillAgeHours"] == NEVER_HOURS


@pytest.mark.parametrize(
    ("name", "value"), [*((name, "") for name in VARIABLES), ("DRILL_HOURS", "0"), ("DRILL_HOURS", "soon")]
)
def test_a_variable_that_is_missing_or_malformed_is_named(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment(VARIABLES | {name: value})
