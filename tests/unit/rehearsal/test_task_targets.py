"""A rule's target on ECS becomes the RunTask that EventBridge makes of it, or cannot be invoked."""

from __future__ import annotations

import pytest

from tools.rehearsal.services.task_targets import run_task

CLUSTER = "arn:aws:ecs:us-west-2:000000000000:cluster/backups"
TARGET: dict[str, object] = {
    "Arn": CLUSTER,
    "RoleArn": "arn:aws:iam::000000000000:role/rule",
    "EcsParameters": {
        "TaskDefinitionArn": "definition",
        "TaskCount": "2",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsVpcConfiguration": {"Subnets": ["s"], "AssignPublicIp": "ENABLED"}},
        "TagList": [{"Key": "a", "Value": "b"}],
    },
}


def asked(given: object = None, **change: object) -> dict[str, object] | None:
    return run_task(TARGET | change, rule="nightly", region="us-west-2", given=given)


def test_it_is_written_with_ecs_names() -> None:
    assert asked('{"containerOverrides": []}') == {
        "cluster": CLUSTER,
        "taskDefinition": "definition",
        "count": 2,
        "startedBy": "events-rule/nightly",
        "overrides": {"containerOverrides": []},
        "tags": [{"key": "a", "value": "b"}],
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "assignPublicIp": "ENABLED"}},
    }


def test_without_an_input_nothing_is_overridden() -> None:
    found = asked()
    assert found is not None
    assert found["overrides"] == {}


@pytest.mark.parametrize(
    ("given", "change"),
    [
        (None, {"Arn": CLUSTER.replace("us-west-2", "us-east-1")}),
        (None, {"Arn": "nothing"}),
        (None, {"RoleArn": None}),
        ("no document", {}),
        ("[]", {}),
    ],
)
def test_what_cannot_be_invoked_is_no_request(given: object, change: dict[str, object]) -> None:
    assert asked(given, **change) is None
