"""`datatier rotate` says how each credential stands, starts what may start, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from tools.cli import app
from tools.rotation.credentials import CREDENTIALS, Credential

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def described(**changes: object) -> Credential:
    """Return what DescribeSecret says of a credential in order, with some of it changed."""
    answer: dict[str, object] = {
        "RotationEnabled": True,
        "RotationRules": {"ScheduleExpression": "cron(0 8 12 1,4,7,10 ? *)"},
        "VersionIdsToStages": {"new": ["AWSCURRENT"], "old": ["AWSPREVIOUS"]},
        "LastRotatedDate": NOW - 10 * DAY,
        "NextRotationDate": NOW + 80 * DAY,
        "CreatedDate": NOW - 400 * DAY,
    }
    return Credential.described("app", "arn", answer | changes)


@pytest.mark.parametrize(
    ("changes", "result", "well"),
    [
        ({}, "succeeded", True),
        ({"LastRotatedDate": None}, "never rotated", True),
        ({"VersionIdsToStages": {"new": ["AWSCURRENT", "AWSPENDING"]}}, "succeeded", True),
        ({"VersionIdsToStages": {"a": ["AWSCURRENT"], "b": ["AWSPENDING"]}}, "not finished", False),
        ({"RotationEnabled": False}, "switched off", False),
        ({"NextRotationDate": NOW - DAY}, "succeeded", False),
    ],
)
def test_what_became_of_the_last_rotation(changes: dict[str, object], result: str, well: bool) -> None:  # noqa: FBT001  a parameter of the table
    found = described(**changes)
    assert (found.result, found.well(NOW)) == (result, well)


def test_the_document_for_programs_has_versions_dates_and_the_age() -> None:
    document = described().document(NOW)
    assert document["age_days"] == 10
    assert document["last_rotated"] == (NOW - 10 * DAY).isoformat()
    assert document["versions"] == {"new": ["AWSCURRENT"], "old": ["AWSPREVIOUS"]}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand for an account where the tier is deployed without its rotation, and no trail."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        ssm, secrets = boto3.client("ssm", "us-east-1"), boto3.client("secretsmanager", "us-east-1")
        for name, path in CREDENTIALS.items():
            arn = secrets.create_secret(Name=f"datatier/dev/{name}", SecretString="hunter2")["ARN"]
            ssm.put_parameter(Name=f"/datatier/dev/{path}", Value=arn, Type="String")
        yield


def rotate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rotate", *arguments])


@pytest.mark.parametrize("arguments", [[], ["app", "--status"], ["nobody"], ["app", "--timeout", "0"]])
def test_misuse_is_said_and_exits_with_2(arguments: list[str]) -> None:
    done = rotate(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("aws")
def test_credentials_that_do_not_rotate_need_a_look_and_a_missing_trail_is_said() -> None:
    done = rotate("--status", "--env", "dev", "--aws")
    assert done.exit_code == 1
    assert all(name in done.stdout for name in CREDENTIALS)
    assert "switched off" in done.stdout
    assert "No CloudTrail trail is logging" in done.stdout
    assert "hunter2" not in done.output
    document = json.loads(rotate("--status", "--env", "dev", "--aws", "--json").stdout)
    assert document["failures_are_told"] is False
    assert [one["name"] for one in document["credentials"]] == list(CREDENTIALS)


@pytest.mark.usefixtures("aws")
def test_a_trail_that_logs_is_found() -> None:
    boto3.client("s3", "us-east-1").create_bucket(Bucket="trail")
    trails = boto3.client("cloudtrail", "us-east-1")
    trails.create_trail(Name="all", S3BucketName="trail")
    trails.start_logging(Name="all")
    document = json.loads(rotate("--status", "--env", "dev", "--aws", "--json").stdout)
    assert document["failures_are_told"] is True


@pytest.mark.usefixtures("aws")
def test_what_has_no_schedule_is_not_rotated() -> None:
    done = rotate("app", "--env", "dev", "--aws", "--now")
    assert done.exit_code == 1
    assert "app does not rotate: its secret has no schedule" in done.stderr
