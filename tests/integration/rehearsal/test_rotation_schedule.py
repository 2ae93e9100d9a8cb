"""A template's rotation schedule attaches a rotation as on AWS, and counts as executed once it was tested."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.rehearsal.toy_secret import STEPS, ToySecret
from tools.rehearsal import ledger
from tools.rehearsal.fidelity import Declared, judge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

TYPE = "AWS::SecretsManager::RotationSchedule"
FIRST_OF_MONTH, FIRST_OF_YEAR = "cron(0 3 1 * ? *)", "cron(0 3 1 1 ? *)"


@pytest.fixture
def stack() -> str:
    return f"rotating-{secrets.token_hex(4)}"


@pytest.fixture
def declared_secret(stack: str, aws: EmulatedAws, toy: str, places: Path) -> ToySecret:
    """The secret that the stack is about to make."""
    (places / stack).mkdir()
    return ToySecret(aws=aws, arn=stack, place=places / stack, function=toy)


def template(secret: ToySecret, **schedule: object) -> dict[str, object]:
    resources: dict[str, object] = {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": secret.arn, "SecretString": "first"},
        }
    }
    if schedule:
        properties = {"SecretId": {"Ref": "Secret"}, "RotationLambdaARN": secret.function, **schedule}
        resources["Schedule"] = {"Type": TYPE, "Properties": properties}
    return resources


def monthly(**more: object) -> dict[str, object]:
    rules = {"ScheduleExpression": FIRST_OF_MONTH, "Duration": "2h"}
    return {"RotationRules": rules, "RotateImmediatelyOnUpdate": False, **more}


def test_it_attaches_a_rotation_by_testing_it(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    assert aws.deploy(stack, template(secret, **monthly())) == "CREATE_COMPLETE"
    assert secret.steps == ["testSecret"]
    said = secret.description
    assert said["RotationEnabled"] is True
    assert said["RotationRules"] == {"ScheduleExpression": FIRST_OF_MONTH, "Duration": "2h"}
    assert said["NextRotationDate"].day == 1
    assert secret.value() == "first"


def test_a_changed_schedule_is_tested_anew_and_rotates_nothing(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    aws.deploy(stack, template(secret, **monthly()))
    changed = monthly(RotationRules={"ScheduleExpression": FIRST_OF_YEAR})
    assert aws.deploy(stack, template(secret, **changed)) == "UPDATE_COMPLETE"
    assert secret.steps == ["testSecret", "testSecret"]
    assert secret.description["NextRotationDate"].month == 1
    assert secret.value() == "first"


def test_it_rotates_at_once_unless_told_otherwise(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    rules = {"AutomaticallyAfterDays": "30"}
    assert aws.deploy(stack, template(secret, RotationRules=rules)) == "CREATE_COMPLETE"
    secret.wait_until_rotated()
    assert secret.steps == STEPS
    assert secret.description["RotationRules"] == {"AutomaticallyAfterDays": 30}


def test_a_test_that_fails_fails_the_deployment_and_says_why(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    secret.fail("testSecret", 1)
    assert aws.deploy(stack, template(secret, **monthly())) == "ROLLBACK_COMPLETE"
    assert "testSecret is told to fail" in aws.reasons(stack)


def test_without_it_a_secret_rotates_no_more(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    aws.deploy(stack, template(secret, **monthly()))
    assert aws.deploy(stack, template(secret)) == "UPDATE_COMPLETE"
    assert secret.description["RotationEnabled"] is False


def test_a_function_that_aws_would_write_is_refused(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    hosted = {"RotationType": "PostgreSQLSingleUser"}
    resources = template(declared_secret, **monthly(HostedRotationLambda=hosted))
    assert aws.deploy(stack, resources) == "ROLLBACK_COMPLETE"
    assert "name a RotationLambdaARN" in aws.reasons(stack)


def test_it_is_executed_once_its_function_was_tested(
    aws: EmulatedAws, stack: str, declared_secret: ToySecret
) -> None:
    secret = declared_secret
    aws.deploy(stack, template(secret, **monthly()))
    arn = secret.description["ARN"]
    declared = Declared(
        region=aws.tier.region,
        stack=stack,
        logical_id="Schedule",
        resource_type=TYPE,
        physical_id=arn,
        properties=frozenset({"SecretId", "RotationLambdaARN", "RotationRules", "RotateImmediatelyOnUpdate"}),
    )
    (judged,) = judge([declared], ledger.read(aws.layout.ledger)).judged
    assert (judged.standing, judged.kept) == ("executed", ("RotationRules",))
    (elsewhere,) = judge([replace(declared, region="us-west-2")], ledger.read(aws.layout.ledger)).judged
    assert elsewhere.standing == "stubbed"
