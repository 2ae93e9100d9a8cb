"""A task is started once, followed to its end, and its failure told in its own words."""

from __future__ import annotations

import json

import pytest

from tests.unit.backup_cli.scripted_ecs import Script, cloud_of
from tools.backup.errors import Interrupted, TaskFailed, TaskRefused
from tools.backup.places import TaskPlace
from tools.backup.progress import Seen
from tools.backup.tasks import start

PLACE = TaskPlace(
    cluster="datatier-dev-backup",
    definition="arn:aws:ecs:us-east-1:123456789012:task-definition/datatier-dev-backup:3",
    subnets=("subnet-1", "subnet-2"),
    security_group="sg-1",
    public=False,
)
AGAIN = "datatier backup now --env dev"


def line(message: str, **facts: object) -> str:
    return json.dumps({"message": message, "facts": facts})


def follow(script: Script, seen: list[Seen]) -> Seen:
    task = start(cloud_of(script), PLACE, look_seconds=0.001)
    return task.follow(seen.append, again=AGAIN)


def test_a_task_runs_in_the_tier_s_subnets_and_is_followed_to_its_end() -> None:
    steps = [[], [line("Snapshot", tables=9)], [line("Tables", tables_done=n) for n in range(5)], []]
    script, seen = Script(steps=steps), list[Seen]()
    done = follow(script, seen)
    assert (done.message, done.tables, done.tables_done) == ("Tables", 9, 4)
    assert seen[0].tables is None
    (request,) = script.requests
    network = request["networkConfiguration"]["awsvpcConfiguration"]
    assert (network["subnets"], network["assignPublicIp"]) == (["subnet-1", "subnet-2"], "DISABLED")


def test_a_task_that_runs_already_is_followed_and_none_is_started() -> None:
    script = Script(steps=[[line("Tables", tables_done=5)]], running=True)
    assert start(cloud_of(script), PLACE).found
    assert follow(script, []).tables_done == 5
    assert script.requests == []


def test_a_task_that_fails_says_why_in_its_own_words_and_where_its_log_is() -> None:
    script = Script(
        steps=[[line("Snapshot")], ["tables that `backup` may not read: public.secret."]], exit_code=1
    )
    with pytest.raises(TaskFailed) as failure:
        follow(script, [])
    text = str(failure.value)
    assert "ended with code 1: tables that `backup` may not read: public.secret." in text
    assert "aws logs tail /datatier/dev/backup" in text


def test_a_task_that_never_ran_gives_ecs_s_reason() -> None:
    script = Script(steps=[[]], exit_code=None, reason="CannotPullContainerError: no such image")
    with pytest.raises(TaskFailed, match="was stopped before it ran: CannotPullContainerError"):
        follow(script, [])


def test_a_cluster_that_starts_nothing_says_why() -> None:
    script = Script(steps=[], failures=[{"reason": "RESOURCE:CPU"}])
    with pytest.raises(TaskRefused, match="does not start datatier-dev-backup: RESOURCE:CPU"):
        follow(script, [])


def test_ctrl_c_leaves_the_task_running_and_says_how_to_follow_and_how_to_stop_it() -> None:
    looks = iter([None, None, KeyboardInterrupt()])

    def look() -> None:
        if (interrupt := next(looks)) is not None:
            raise interrupt

    with pytest.raises(Interrupted) as told:
        follow(Script(steps=[[], [], []], at_look=look), [])
    assert AGAIN in str(told.value)
    assert "aws ecs stop-task --region us-east-1 --cluster datatier-dev-backup --task 0123abcd" in str(
        told.value
    )
