"""The newest report of the replica's bucket is read; an older drill never stands for one that is not done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from containers.backup.drill.report import Lock, Report, Trial, Tried, encode
from containers.backup.errors import BackupInvalid
from lambdas.common.backup_layout import drill_prefix
from tests.unit.backup_cli.tier import BUCKETS, DATABASE, Tier
from tools.backup.drill_reports import newest_report, read_report
from tools.backup.errors import NotSetUp
from tools.backup.places import Vault, vault

NOW = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def report(**more: object) -> bytes:
    known: dict[str, object] = {
        "backup": "2026-11-29T021003Z-4f1c2a", "started_at": NOW, "finished_at": NOW, "rpo_seconds": 13_800.0,
        "rto_seconds": 61.5, "rows": 10, "restored_bytes": 2**20,
    }  # fmt: skip
    return encode(Report(**{**known, **more}))  # pyright: ignore[reportArgumentType]  (a test's mixture)


def put(tier: Tier, moment: datetime, name: str, body: bytes) -> None:
    key = drill_prefix(DATABASE, moment) + name
    tier.clients["replica"].put_object(Bucket=BUCKETS["replica"], Key=key, Body=body)


@pytest.fixture
def replica(tier: Tier) -> Vault:
    """Return the replica's bucket."""
    return vault(tier.cloud, "replica", database=DATABASE)


def test_the_newest_report_is_read_whole(tier: Tier, replica: Vault) -> None:
    trial = Trial(
        migrations=(Tried(name="2026_add", seconds=0.5, locks=(Lock(table="users", mode="SHARE"),)),)
    )
    put(tier, NOW - timedelta(days=7), "report.json", report(error="the disk is full"))
    put(tier, NOW, "report.json", report(trial=trial, remarks=("a remark",)))
    put(tier, NOW + timedelta(hours=1), "started.json", b"{}")
    found = newest_report(replica)
    assert found.succeeded
    assert (found.number("rto_seconds"), found.lines("remarks")) == (61.5, ["a remark"])
    assert [(one.name, one.locks) for one in found.migrations or ()] == [("2026_add", ("SHARE on users",))]


def test_the_report_of_an_earlier_drill_is_not_the_one_of_this(tier: Tier, replica: Vault) -> None:
    put(tier, NOW - timedelta(days=7), "report.json", report())
    with pytest.raises(NotSetUp, match="its log says why"):
        newest_report(replica, since=NOW - timedelta(minutes=2))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"format": 2}', b'{"format": 1, "migrations": [{}]}'])
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(BackupInvalid):
        read_report(text, name="drills/app/x/report.json")
