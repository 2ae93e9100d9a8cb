"""Where a drill's two documents lie in the bucket, and which figures a drill publishes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from containers.backup.drill.report import Report
from containers.backup.drill.reports import S3Reports
from containers.backup.drill.run import tell
from containers.backup.errors import ObjectExists
from containers.backup.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

BEGUN = datetime(2026, 11, 29, 5, 30, 1, tzinfo=UTC)
FOLDER = "drills/shop/2026-11-29T053001Z/"
GOOD = Report(
    backup="2026-11-26T021003Z-4f1c2a",
    started_at=BEGUN,
    finished_at=BEGUN,
    rpo_seconds=7200.0,
    rto_seconds=90.5,
    rows=1,
    restored_bytes=2,
)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    """Return a client of an S3 that has one bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="replica")
        yield client


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The figures that were published, by name."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line["Database"] == "shop" for line in lines)
    names = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]
    return {name: line[name] for name, line in zip(names, lines, strict=True)}


def test_both_documents_lie_side_by_side(s3: S3Client) -> None:
    reports = S3Reports(s3, bucket="replica", database="shop")
    reports.begin(BEGUN)
    reports.finish(GOOD)
    keys = [entry.get("Key") for entry in s3.list_objects_v2(Bucket="replica").get("Contents", [])]
    assert keys == [FOLDER + "report.json", FOLDER + "started.json"]
    report = json.loads(s3.get_object(Bucket="replica", Key=FOLDER + "report.json")["Body"].read())
    assert report["succeeded"] is True


def test_a_report_is_never_overwritten(s3: S3Client) -> None:
    reports = S3Reports(s3, bucket="replica", database="shop")
    reports.finish(replace(GOOD, error="it failed"))
    with pytest.raises(ObjectExists):
        reports.finish(GOOD)


def test_a_good_drill_publishes_what_it_measured(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Metrics(namespace="datatier", database="shop"), GOOD)
    assert told(capsys) == {
        "DrillSucceeded": 1,
        "MeasuredRtoSeconds": 90.5,
        "MeasuredRpoSeconds": 7200.0,
    }


@pytest.mark.parametrize("change", [{"error": "no backup"}, {"differences": ("one",)}])
def test_a_failed_drill_publishes_no_recovery_time(
    capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    tell(Metrics(namespace="datatier", database="shop"), replace(GOOD, **change))
    assert told(capsys) == {"DrillSucceeded": 0}
