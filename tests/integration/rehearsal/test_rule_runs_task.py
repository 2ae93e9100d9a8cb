"""A rule whose target is ECS runs a task in its own region, and is counted as failed where it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION, REGION, until
from tests.integration.rehearsal.toy_task import ROLE, ToyTask, task_image
from tools.rehearsal import ledger
from tools.rehearsal.passing import fire_rule, let_time_pass

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def image(aws: EmulatedAws) -> str:
    return task_image(aws)


@pytest.fixture(params=[REGION, RECOVERY_REGION])
def task(aws: EmulatedAws, image: str, request: pytest.FixtureRequest) -> ToyTask:
    toy = ToyTask(aws=aws, image=image, region=request.param)
    assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
    return toy


def ran(task: ToyTask) -> list[str]:
    """The tasks of the rule that have stopped."""
    return task.listed(desiredStatus="STOPPED", startedBy=f"events-rule/{task.name}")


def honoured(task: ToyTask) -> set[str]:
    return {
        name
        for one in ledger.read(task.aws.layout.ledger)
        if isinstance(one, ledger.TookEffect)
        and (one.physical_id, one.region, one.resource_type) == (task.name, task.region, "AWS::Events::Rule")
        for name in one.honoured
    }


def test_it_runs_the_task_with_the_targets_input(task: ToyTask) -> None:
    fire_rule(task.aws.tier, task.name, region=task.region)
    until(lambda: ran(task))
    assert [task.exit_code(arn) for arn in ran(task)] == [0]
    assert f"region={task.region} said=a rule" in task.output()
    assert task.counted("AWS/Events", "Invocations", RuleName=task.name) == 1
    assert task.counted("AWS/Events", "FailedInvocations", RuleName=task.name) is None
    assert honoured(task) == {"Targets"}


def test_its_schedule_comes_due(task: ToyTask) -> None:
    let_time_pass(task.aws.tier, seconds=WEEK)
    until(lambda: ran(task))
    assert honoured(task) == {"Targets", "ScheduleExpression"}


@pytest.mark.parametrize(
    "change",
    [
        {"EcsParameters": {"TaskDefinitionArn": "nobodys"}},
        {"RoleArn": None},
        {"Arn": f"arn:aws:ecs:us-east-1:{'0' * 12}:cluster/nobodys"},
        {"Arn": f"arn:aws:ecs:eu-west-1:{'0' * 12}:cluster/elsewhere"},
        {"Input": "no overrides"},
    ],
)
def test_what_it_cannot_run_is_a_failed_invocation(aws: EmulatedAws, change: dict[str, Any]) -> None:
    toy = ToyTask(aws=aws, image="none", region=REGION)
    assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
    target = {
        "Id": "toy",
        "Arn": f"arn:aws:ecs:us-east-1:{'0' * 12}:cluster/{toy.name}",
        "RoleArn": ROLE,
        "EcsParameters": {
            "TaskDefinitionArn": toy.name,
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}},
        },
    }
    given = {name: value for name, value in (target | change).items() if value is not None}
    toy.client("events").put_targets(Rule=toy.name, Targets=[given])
    fire_rule(aws.tier, toy.name)
    until(lambda: toy.counted("AWS/Events", "FailedInvocations", RuleName=toy.name) == 1)
    assert honoured(toy) == set()


def test_an_events_fields_are_put_into_the_input(aws: EmulatedAws, image: str) -> None:
    toy = ToyTask(aws=aws, image=image, region=RECOVERY_REGION)
    assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
    events = toy.client("events")
    (target,) = events.list_targets_by_rule(Rule=toy.name)["Targets"]
    template = {
        "containerOverrides": [
            {"name": "toy", "command": ["end", "0"], "environment": [{"name": "SAID", "value": "<what>"}]}
        ]
    }
    transformer = {"InputPathsMap": {"what": "$.detail.what"}, "InputTemplate": json.dumps(template)}
    del target["Input"]
    target["EcsParameters"]["NetworkConfiguration"] = {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}}
    name = f"{toy.name}-events"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [toy.name]}))
    events.put_targets(Rule=name, Targets=[{**target, "InputTransformer": transformer}])
    events.put_events(Entries=[{"Source": toy.name, "DetailType": "toy", "Detail": '{"what": "an event"}'}])
    until(lambda: toy.listed(desiredStatus="STOPPED", startedBy=f"events-rule/{name}"))
    assert "said=an event" in toy.output()
