"""What becomes of a rotation is told as CloudTrail tells it, where an EventBridge rule can hear of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_secret import QUARTERLY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.rehearsal.emulated_aws import EmulatedAws
    from tests.integration.rehearsal.toy_secret import ToySecret

STACK = "listening"
RESOURCES = {
    "Heard": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "heard"}},
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {"eventSource": ["secretsmanager.amazonaws.com"]},
            },
            "Targets": [{"Id": "heard", "Arn": {"Fn::GetAtt": ["Heard", "Arn"]}}],
        },
    },
}

Told = list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(aws: EmulatedAws) -> Callable[[str], Told]:
    """What was told of a secret until now, in order."""
    assert aws.deploy(STACK, RESOURCES) == "CREATE_COMPLETE"
    url = aws.queues.get_queue_url(QueueName="heard")["QueueUrl"]
    heard: Told = []

    def of(arn: str) -> Told:
        while messages := aws.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            heard.extend(json.loads(message.get("Body", "")) for message in messages)
            for message in messages:
                aws.queues.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
        return [event for event in heard if event["detail"]["additionalEventData"]["SecretId"] == arn]

    return of


def names(events: Told) -> list[str]:
    return [event["detail"]["eventName"] for event in events]


def test_a_rotation_is_told_from_its_start_to_its_success(
    secret: ToySecret, told: Callable[[str], Told]
) -> None:
    token = secret.rotate()
    until(lambda: len(told(secret.arn)) == 2)
    started, succeeded = told(secret.arn)
    assert names([started, succeeded]) == ["RotationStarted", "RotationSucceeded"]
    detail = succeeded["detail"]
    assert (detail["eventType"], detail["awsRegion"]) == ("AwsServiceEvent", "us-east-1")
    assert detail["requestID"] == f"Rotation-{secret.arn}-{token}"
    assert "errorMessage" not in detail


def test_a_rotation_fails_once_and_says_at_which_step(secret: ToySecret, told: Callable[[str], Told]) -> None:
    secret.fail("setSecret", 100)
    secret.rotate()
    until(lambda: len(told(secret.arn)) == 2)
    assert names(told(secret.arn)) == ["RotationStarted", "RotationFailed"]
    failed = told(secret.arn)[-1]["detail"]["errorMessage"]
    assert failed == f"Error when executing lambda {secret.function} during setSecret step"
    assert secret.steps.count("setSecret") == 5


def test_a_rotation_that_a_value_overtakes_is_abandoned(
    secret: ToySecret, told: Callable[[str], Told], aws: EmulatedAws
) -> None:
    secret.fail("createSecret", 100)
    secret.rotate()
    secret.wait_for_attempts(1)
    aws.secrets.update_secret(SecretId=secret.arn, SecretString="by hand")
    until(lambda: len(told(secret.arn)) == 2)
    assert names(told(secret.arn)) == ["RotationStarted", "RotationAbandoned"]


def test_a_test_is_told_too(secret: ToySecret, told: Callable[[str], Told], aws: EmulatedAws) -> None:
    secret.fail("testSecret", 1)
    with pytest.raises(aws.secrets.exceptions.InvalidRequestException):
        secret.attach()
    secret.attach()
    until(lambda: len(told(secret.arn)) == 4)
    assert names(told(secret.arn)) == [
        "TestRotationStarted",
        "TestRotationFailed",
        "TestRotationStarted",
        "TestRotationSucceeded",
    ]
    assert secret.description["RotationRules"] == {"ScheduleExpression": QUARTERLY["ScheduleExpression"]}
