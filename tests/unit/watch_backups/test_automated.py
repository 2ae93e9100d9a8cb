"""RDS's copies of its own backups in the recovery region: how far behind, whatever else can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.rds.models import RDSBackend

from lambdas.common.errors import EnvironmentInvalid
from lambdas.watch_backups.environment import parse_environment
from lambdas.watch_backups.errors import BackupsUnreadable, CopiesUnreadable
from lambdas.watch_backups.handler import handler
from lambdas.watch_backups.readings import NEVER_HOURS
from tests.unit.watch_backups.figures import DATABASE, published

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIMARY = "arn:aws:rds:us-east-1:123456789012:db:datatier-prod-primary"
THERE = "us-west-2"
ALONE = {
    "COPIED_INSTANCE_ARN": PRIMARY,
    "RECOVERY_REGION": THERE,
    "DATABASE": DATABASE,
    "METRICS_NAMESPACE": "datatier/prod",
}
BUCKETS = {"SOURCE_BUCKET": "source", "REPLICA_BUCKET": "replica", "DRILL_HOURS": "4"}


def copy(*, hours_ago: float | None, of: str = PRIMARY) -> dict[str, Any]:
    """What RDS lists of one: its window is empty until the first snapshot has arrived."""
    latest = {} if hours_ago is None else {"LatestTime": datetime.now(tz=UTC) - timedelta(hours=hours_ago)}
    identifier = of.rpartition(":")[2]
    return {"DBInstanceArn": of, "DBInstanceIdentifier": identifier, "RestoreWindow": latest}


class Rds:
    """The list of each region, empty at first; `refused` stands for a right that is missing."""

    def __init__(self) -> None:
        self.listed: dict[str, list[dict[str, Any]]] = {}
        self.refused = False

    def answer(self, region: str) -> list[dict[str, Any]]:
        if self.refused:
            said = {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform"}}
            raise ClientError(said, "DescribeDBInstanceAutomatedBackups")  # pyright: ignore[reportArgumentType]  a part
        return self.listed.get(region, [])


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rds]:
    """RDS, whose list is all that the function is told to look at."""
    found = Rds()

    def answer(backend: RDSBackend, **_: object) -> list[dict[str, Any]]:
        return found.answer(backend.region_name)

    with mock_aws():
        monkeypatch.setattr(RDSBackend, "describe_db_instance_automated_backups", answer)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for name, value in ALONE.items():
            monkeypatch.setenv(name, value)
        yield found


def test_it_tells_how_long_ago_the_copy_ends(rds: Rds, capsys: pytest.CaptureFixture[str]) -> None:
    rds.listed[THERE] = [copy(hours_ago=2.5)]
    handler({}, None)
    assert published(capsys) == {"AutomatedCopyAgeHours": 2.5}


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"us-east-1": [copy(hours_ago=0)]},
        {THERE: [copy(hours_ago=None)]},
        {THERE: [copy(hours_ago=0, of=PRIMARY.replace("prod", "staging"))]},
        {THERE: [copy(hours_ago=0, of=PRIMARY.replace("us-east-1", THERE))]},
    ],
    ids=["none", "in its own region", "before the first snapshot", "another tier's", "a namesake's there"],
)
def test_what_is_no_copy_of_this_instance_is_none(
    rds: Rds, capsys: pytest.CaptureFixture[str], listed: dict[str, list[dict[str, Any]]]
) -> None:
    rds.listed = listed
    handler({}, None)
    assert published(capsys) == {"AutomatedCopyAgeHours": NEVER_HOURS}


def test_a_copy_kept_of_an_earlier_instance_does_not_hide_the_newer(
    rds: Rds, capsys: pytest.CaptureFixture[str]
) -> None:
    rds.listed[THERE] = [copy(hours_ago=400), copy(hours_ago=1), copy(hours_ago=None)]
    handler({}, None)
    assert published(capsys) == {"AutomatedCopyAgeHours": 1}


def test_a_list_that_rds_refuses_fails_the_call_and_publishes_no_age(
    rds: Rds, capsys: pytest.CaptureFixture[str]
) -> None:
    rds.refused = True
    with pytest.raises(CopiesUnreadable, match=r"in us-west-2.*not authorized.*right to rds:Describe"):
        handler({}, None)
    assert published(capsys) == {}


def test_lost_buckets_fail_the_call_after_the_copy_was_told(
    rds: Rds, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rds.listed[THERE] = [copy(hours_ago=1)]
    for name, value in BUCKETS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BackupsUnreadable, match="bucket source"):
        handler({}, None)
    assert published(capsys) == {"AutomatedCopyAgeHours": 1}


def test_all_that_could_not_be_read_is_named_at_once(rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    rds.refused = True
    for name, value in BUCKETS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BackupsUnreadable) as failure:
        handler({}, None)
    for part in ("RDS does not list", "bucket source", "bucket replica"):
        assert part in str(failure.value)


def test_a_copy_can_be_looked_at_without_buckets() -> None:
    parsed = parse_environment(ALONE)
    assert (parsed.buckets, parsed.copied_instance) == (None, PRIMARY)


def test_told_of_nothing_to_look_at_it_refuses() -> None:
    with pytest.raises(EnvironmentInvalid, match="DRILL_HOURS"):
        parse_environment({**ALONE, "COPIED_INSTANCE_ARN": ""})


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_told_of_whole_or_not_at_all(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment({**ALONE, **BUCKETS, name: ""})
