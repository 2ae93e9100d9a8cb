"""The event of a task says what DescribeTasks says, and nothing that the emulator keeps for itself."""

from __future__ import annotations

import json

from tools.rehearsal.fargate.task_events import state_change


def test_it_names_the_task_and_how_it_ended() -> None:
    task: dict[str, object] = {
        "taskArn": "arn",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "startedAt": None,
        "group": "",
        "_stop_asked": "secret",
        "containers": [{"name": "c", "exitCode": 0, "runtimeId": None}],
    }
    event = state_change(task)
    assert (event["Source"], event["DetailType"], event["Resources"]) == (
        "aws.ecs",
        "ECS Task State Change",
        ["arn"],
    )
    assert json.loads(str(event["Detail"])) == {
        "taskArn": "arn",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "containers": [{"name": "c", "exitCode": 0}],
    }
