"""Secrets rotate in a rehearsal as they do on AWS: by the real function, with the labels moving as there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.integration.rehearsal.emulated_aws import refusal, until
from tests.integration.rehearsal.toy_secret import QUARTERLY, STEPS
from tools.rehearsal import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.rehearsal.emulated_aws import EmulatedAws
    from tests.integration.rehearsal.toy_secret import ToySecret

UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."


@pytest.fixture(scope="module", autouse=True)
def scheduled(aws: EmulatedAws, toy_secret: Callable[[], ToySecret]) -> ToySecret:
    """A secret that rotates each minute, attached first: its rotation comes while other tests run."""
    secret = toy_secret()
    aws.secrets.rotate_secret(
        SecretId=secret.arn,
        RotationLambdaARN=secret.function,
        RotationRules={"ScheduleExpression": "rate(1 minute)"},
        RotateImmediately=False,
    )
    return secret


def test_a_rotation_takes_four_steps_and_moves_the_labels(secret: ToySecret) -> None:
    (before,) = secret.labels
    token = secret.rotate()
    secret.wait_until_rotated()
    assert secret.steps == STEPS
    assert {found["token"] for found in secret.journal} == {token}
    assert secret.labels == {token: ["AWSCURRENT"], before: ["AWSPREVIOUS"]}
    assert secret.value() == f"value of {token}"
    assert secret.value(VersionStage="AWSPREVIOUS") == "first"


def test_a_rotation_begins_with_a_pending_version_without_a_value(secret: ToySecret) -> None:
    secret.rotate()
    secret.wait_until_rotated()
    first = secret.journal[0]
    assert (first["labels"], first["value"], first["enabled"]) == (["AWSPENDING"], None, True)


def test_a_rotated_secret_says_when_and_by_what(secret: ToySecret) -> None:
    began = datetime.now(tz=UTC)
    secret.rotate()
    secret.wait_until_rotated()
    said = secret.description
    assert began < said["LastRotatedDate"] < datetime.now(tz=UTC)
    upcoming = said["NextRotationDate"].astimezone(UTC)
    assert began < upcoming < began + timedelta(days=93)
    assert (upcoming.month % 3, upcoming.day, upcoming.hour, upcoming.minute) == (1, 1, 3, 0)
    assert (said["RotationEnabled"], said["RotationRules"], said["RotationLambdaARN"]) == (
        True,
        QUARTERLY,
        secret.function,
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_has_the_whole_rotation_tried_again(secret: ToySecret, step: str) -> None:
    secret.fail(step, 1)
    token = secret.rotate()
    secret.wait_until_rotated()
    assert secret.steps == [*STEPS[: STEPS.index(step) + 1], *STEPS]
    assert {found["token"] for found in secret.journal} == {token}
    assert secret.value() == f"value of {token}"


def test_a_rotation_that_goes_on_failing_is_tried_five_times_and_left_pending(secret: ToySecret) -> None:
    (current,) = secret.labels
    secret.fail("setSecret", 100)
    token = secret.rotate()
    secret.wait_for_attempts(5)
    until(lambda: secret.steps.count("setSecret") == 5)
    assert secret.labels == {current: ["AWSCURRENT"], token: ["AWSPENDING"]}
    assert secret.value() == "first"
    assert "LastRotatedDate" not in secret.description


def test_a_rotation_that_was_left_is_taken_up_again_under_its_token(secret: ToySecret) -> None:
    secret.fail("testSecret", 5)
    token = secret.rotate()
    until(lambda: secret.steps.count("testSecret") == 5)
    assert take_up(secret, token) == ("InvalidRequestException", UNFINISHED)
    assert [found["step"] for found in secret.journal if found["token"] == token] == [*STEPS[:3] * 5, *STEPS]


def test_a_second_rotation_is_refused_while_one_is_under_way(secret: ToySecret) -> None:
    secret.fail("createSecret", 100)
    token = secret.rotate()
    secret.wait_for_attempts(1)
    assert refusal_of(secret) == ("InvalidRequestException", UNFINISHED)
    assert {found["token"] for found in secret.journal} == {token}
    secret.fail("createSecret", 0)
    take_up(secret, token)
    assert secret.value(VersionId=token) == f"value of {token}"


def refusal_of(secret: ToySecret) -> tuple[str | None, str | None] | None:
    """Ask for a rotation; return what Secrets Manager says against it."""
    try:
        secret.rotate()
    except ClientError as error:
        return refusal(error)
    return None


def take_up(secret: ToySecret, token: str) -> tuple[str | None, str | None] | None:
    """Ask for rotations until the one of this token has ended well; return what was said to the first."""
    refusals: list[tuple[str | None, str | None] | None] = []

    def ended() -> bool:
        if "AWSPENDING" in secret.labels[token]:
            refusals.append(refusal_of(secret))
        return "AWSPENDING" not in secret.labels[token]

    until(ended)
    return refusals[0] if refusals else None


def test_the_same_request_once_more_rotates_once(secret: ToySecret, aws: EmulatedAws) -> None:
    token = secret.rotate()
    again = aws.secrets.rotate_secret(SecretId=secret.arn, ClientRequestToken=token)
    assert again["VersionId"] == token
    secret.wait_until_rotated(to=token)
    aws.secrets.rotate_secret(SecretId=secret.arn, ClientRequestToken=token)
    other = secret.rotate()
    secret.wait_until_rotated(to=other)
    assert secret.steps == [*STEPS, *STEPS]


def test_a_value_put_by_hand_ends_a_rotation_that_was_left(secret: ToySecret, aws: EmulatedAws) -> None:
    secret.fail("setSecret", 5)
    left = secret.rotate()
    until(lambda: secret.steps.count("setSecret") == 5)
    put = aws.secrets.put_secret_value(SecretId=secret.arn, SecretString="by hand")["VersionId"]
    assert left not in secret.labels
    until(lambda: refusal_of(secret) is None)  # what was left may still be at its last step
    secret.wait_until_rotated()
    assert secret.labels[put] == ["AWSPREVIOUS"]


def test_a_cancelled_rotation_does_not_go_on(
    secret: ToySecret, toy_secret: Callable[[], ToySecret], aws: EmulatedAws
) -> None:
    secret.fail("setSecret", 100)
    token = secret.rotate()
    until(lambda: "setSecret" in secret.steps)
    assert aws.secrets.cancel_rotate_secret(SecretId=secret.arn)["VersionId"] == token
    attempts = secret.steps.count("createSecret")
    said = secret.description
    assert said["RotationEnabled"] is False
    assert "NextRotationDate" not in said
    later = toy_secret()
    later.fail("createSecret", 2)
    later.rotate()
    later.wait_until_rotated()  # so the pause between two attempts has passed twice
    assert secret.steps.count("createSecret") <= attempts + 1


def test_attaching_a_rotation_tests_it_and_rotates_nothing(secret: ToySecret) -> None:
    before = secret.labels
    token = secret.attach()
    (tested,) = secret.journal
    assert (tested["step"], tested["token"]) == ("testSecret", token)
    assert (tested["labels"], tested["value"], tested["enabled"]) == (["AWSPENDING"], "first", True)
    assert secret.labels == before
    assert secret.value() == "first"
    said = secret.description
    assert said["RotationEnabled"] is True
    assert "NextRotationDate" in said
    assert "LastRotatedDate" not in said


def test_a_rotation_whose_test_fails_is_not_attached(secret: ToySecret) -> None:
    before = secret.labels
    secret.fail("testSecret", 1)
    with pytest.raises(ClientError, match="testSecret is told to fail"):
        secret.attach()
    assert secret.labels == before
    said = secret.description
    assert said["RotationEnabled"] is False
    assert "RotationLambdaARN" not in said


def test_a_schedule_rotates_by_itself(scheduled: ToySecret, aws: EmulatedAws) -> None:
    until(lambda: scheduled.steps.count("finishSecret") >= 1)
    scheduled.wait_until_rotated()
    assert scheduled.steps[:5] == ["testSecret", *STEPS]
    assert scheduled.value().startswith("value of ")
    assert scheduled.description["NextRotationDate"] > scheduled.description["LastRotatedDate"]
    noted = [entry for entry in ledger.read(aws.layout.ledger) if isinstance(entry, ledger.TookEffect)]
    assert "RotationRules" in {
        name for entry in noted if entry.physical_id == scheduled.arn for name in entry.honoured
    }


@pytest.mark.parametrize(
    "rules",
    [
        {"ScheduleExpression": "cron(5 3 1 * ? *)"},
        {"ScheduleExpression": "cron(0 3 31 2 ? *)"},
        {"ScheduleExpression": "every day"},
        {"ScheduleExpression": "cron(0 23 1 * ? *)", "Duration": "2h"},
        {"ScheduleExpression": "rate(10 days)", "AutomaticallyAfterDays": 10},
    ],
)
def test_rules_that_aws_refuses_are_refused(
    secret: ToySecret, aws: EmulatedAws, rules: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refused:
        aws.secrets.rotate_secret(
            SecretId=secret.arn,
            RotationLambdaARN=secret.function,
            RotationRules=rules,  # pyright: ignore[reportArgumentType]  # as a template gives them
        )
    assert refusal(refused.value)[0] == "InvalidParameterException"
    assert secret.description["RotationEnabled"] is False


def test_a_secret_does_not_rotate_without_a_function(secret: ToySecret, aws: EmulatedAws) -> None:
    with pytest.raises(ClientError) as without:
        aws.secrets.rotate_secret(SecretId=secret.arn)
    with pytest.raises(ClientError) as unknown:
        aws.secrets.rotate_secret(SecretId=secret.arn, RotationLambdaARN=f"{secret.function}-gone")
    assert [refusal(error.value)[0] for error in (without, unknown)] == [
        "InvalidRequestException",
        "ResourceNotFoundException",
    ]
