"""A rotation's event is in the form of CloudTrail's, and says which step failed and never why."""

import json
from datetime import UTC, datetime
from typing import Any, cast

from tools.rehearsal.services.rotation_events import EventName, entry

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:toy-abc123"


def told(name: EventName, error: str | None = None) -> tuple[dict[str, object], dict[str, Any]]:
    event = entry(
        name,
        arn=ARN,
        token="token",  # noqa: S106  # the id of a version
        error=error,
        account="000000000000",
        region="us-east-1",
        now=datetime(2026, 11, 26, 12, tzinfo=UTC),
    )
    return event, json.loads(cast("str", event["Detail"]))


def test_an_event_is_found_by_source_type_and_name() -> None:
    event, detail = told("RotationSucceeded")
    assert (event["Source"], event["DetailType"]) == (
        "aws.secretsmanager",
        "AWS Service Event via CloudTrail",
    )
    assert (detail["eventSource"], detail["eventName"]) == (
        "secretsmanager.amazonaws.com",
        "RotationSucceeded",
    )
    assert (detail["eventTime"], detail["eventType"]) == ("2026-11-26T12:00:00Z", "AwsServiceEvent")


def test_an_event_names_its_secret_and_the_version() -> None:
    _, detail = told("RotationStarted")
    assert detail["additionalEventData"] == {"SecretId": ARN}
    assert detail["requestID"] == f"Rotation-{ARN}-token"
    assert "errorMessage" not in detail


def test_a_failure_names_the_step() -> None:
    message = "Error when executing lambda f during setSecret step"
    assert told("RotationFailed", message)[1]["errorMessage"] == message
