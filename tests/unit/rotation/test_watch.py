"""How old each secret is becomes a figure that alarms look at; nothing is rotated and nothing read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from lambdas.common.errors import EnvironmentInvalid, SecretUnreadable
from lambdas.common.rotation.contract import Metadata
from lambdas.watch_rotation.age import days_overdue
from lambdas.watch_rotation.environment import parse_environment
from lambdas.watch_rotation.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def metadata(*, rotated: float | None, created: float) -> Metadata:
    """Return a secret that was rotated and created so many days ago."""
    return Metadata(
        enabled=True,
        stages={},
        rotated_at=None if rotated is None else NOW - timedelta(days=rotated),
        created_at=NOW - timedelta(days=created),
    )


@pytest.mark.parametrize(
    ("rotated", "created", "overdue"),
    [(10, 400, 0), (None, 10, 0), (None, 100, 7), (95, 400, 2), (93, 400, 0)],
)
def test_a_secret_is_overdue_by_its_last_rotation_or_by_its_making(
    rotated: float | None, created: float, overdue: float
) -> None:
    found = days_overdue(metadata(rotated=rotated, created=created), longest_days=93, now=NOW)
    assert found == pytest.approx(overdue)


def test_a_secret_whose_schedule_was_taken_away_is_overdue_at_once() -> None:
    stopped = replace(metadata(rotated=1, created=400), enabled=False)
    assert days_overdue(stopped, longest_days=93, now=NOW) == 1


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return what the function is told, over a Secrets Manager with one secret."""
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        arn = boto3.client("secretsmanager").create_secret(Name="app", SecretString="hunter2")["ARN"]
        variables = {
            "SECRET_ARNS": json.dumps({"app": arn}),
            "LONGEST_DAYS": '{"app": 93}',
            "EACH_SECRET": "false",
            "POWERTOOLS_METRICS_NAMESPACE": "datatier/dev",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables


@pytest.mark.parametrize(("each", "dimensions"), [("false", []), ("true", ["Secret"])])
def test_a_figure_is_published_for_all_secrets_together_or_for_each(
    told: dict[str, str],
    each: str,
    dimensions: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told
    monkeypatch.setenv("EACH_SECRET", each)
    handler({}, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (figure,) = [line for line in lines if "_aws" in line]
    (directive,) = figure["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("datatier/dev", [dimensions])
    assert figure["DaysOverdue"] == 1  # nothing rotates it
    assert figure.get("Secret") == ("app" if dimensions else None)


def test_a_secret_that_is_gone_fails_the_call_and_the_others_are_told(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arns = {"gone": "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone-abcdef"}
    monkeypatch.setenv("SECRET_ARNS", json.dumps(arns | json.loads(told["SECRET_ARNS"])))
    monkeypatch.setenv("LONGEST_DAYS", '{"app": 93, "gone": 93}')
    with pytest.raises(SecretUnreadable, match="gone"):
        handler({}, None)
    assert "DaysOverdue" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET_ARNS", ""), ("SECRET_ARNS", "[]"), ("LONGEST_DAYS", "{}"), ("LONGEST_DAYS", '{"app": "x"}')],
)
def test_a_variable_that_is_malformed_is_named(told: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment(told | {name: value})
