"""A task that RunTask starts runs by itself, in any region: exit code, output, metrics, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION, REGION, emulated_aws, refusal, until
from tests.integration.rehearsal.toy_task import NETWORK, ToyTask, task_image
from tools.rehearsal import ledger
from tools.rehearsal.servers import find, states
from tools.rehearsal.teardown import take_down
from tools.rehearsal.tier import emulator
from tools.servers.processes import stat_fields
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.rehearsal.emulated_aws import EmulatedAws


@pytest.fixture(scope="session")
def image(aws: EmulatedAws) -> str:
    return task_image(aws)


@pytest.fixture(scope="module", params=[REGION, RECOVERY_REGION])
def task(aws: EmulatedAws, image: str, request: pytest.FixtureRequest) -> Iterator[ToyTask]:
    """A toy that is deployed in one of the regions."""
    toy = ToyTask(aws=aws, image=image, region=request.param)
    assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
    yield toy
    for arn in toy.listed():
        toy.ecs.stop_task(cluster=toy.name, task=arn)
        toy.ended(arn)


@pytest.mark.parametrize("code", [0, 1])
def test_it_ends_by_itself_and_its_exit_code_is_kept(task: ToyTask, code: int) -> None:
    (arn,) = task.run("end", str(code))
    ended = task.ended(arn)
    assert ended["containers"][0]["exitCode"] == code
    assert ended["stopCode"] == "EssentialContainerExited"
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert (ended["startedBy"], ended["group"]) == ("a test", f"family:{task.name}")
    assert ended["ephemeralStorage"] == {"sizeInGiB": 40}
    assert not task.folder(arn).exists()


def test_the_definitions_own_command_runs_where_nothing_is_overridden(task: ToyTask) -> None:
    (arn,) = task.run()
    assert task.exit_code(arn) == 0


def test_what_it_says_reaches_its_log_group_to_the_last_line_and_becomes_metrics(task: ToyTask) -> None:
    before = task.counted("toys", "TaskRan", Toy=task.name) or 0
    (arn,) = task.run("end", "0", SAID="this")
    task.ended(arn)
    said = task.output()
    assert f"region={task.region} said=this" in said
    assert "the last line has no end" in said
    assert task.counted("toys", "TaskRan", Toy=task.name) == before + 1


def test_as_many_run_as_are_asked_for(task: ToyTask) -> None:
    arns = task.run("wait", count=2)
    until(lambda: all(task.described(arn)["lastStatus"] == "RUNNING" for arn in arns))
    assert set(arns) <= set(task.listed(startedBy="a test"))
    assert set(arns) <= set(task.listed(family=task.name))
    assert {one.kind for one in states(task.aws.layout) if one.identifier.startswith(task.name)} == {
        "ECS task"
    }
    for arn in arns:
        task.ecs.stop_task(cluster=task.name, task=arn)
    assert {task.exit_code(arn) for arn in arns} == {128 + signal.SIGTERM}
    assert set(arns) <= set(task.listed(desiredStatus="STOPPED"))


def test_stop_task_lets_it_end_in_its_own_way(task: ToyTask) -> None:
    (arn,) = task.run("wait")
    until(lambda: "the toy waits" in output_of(task, arn))
    task.ecs.stop_task(cluster=task.name, task=arn, reason="a person wants it")
    ended = task.ended(arn)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "a person wants it")
    assert ended["containers"][0]["exitCode"] == 128 + signal.SIGTERM
    assert "the toy was told to stop" in output_of(task, arn)


def test_the_server_that_it_started_dies_with_it_though_it_ignores_being_stopped(task: ToyTask) -> None:
    (arn,) = task.run("serve", FAULT="stubborn")
    until(lambda: "postgres answers 42" in output_of(task, arn))
    servers, memory = working_below(task.folder(arn)), shared_memory(task, arn)
    assert len(servers) > 1
    task.ecs.stop_task(cluster=task.name, task=arn)
    assert task.exit_code(arn) == 128 + signal.SIGKILL
    until(lambda: not any(map(running, servers)))
    forget(memory)
    assert not task.folder(arn).exists()


def test_an_image_that_is_not_there_is_a_task_that_could_not_start(aws: EmulatedAws, image: str) -> None:
    toy = ToyTask(aws=aws, image=image.replace(":1", ":missing"), region=RECOVERY_REGION)
    assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
    (arn,) = toy.run("end", "0")
    ended = toy.ended(arn)
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "CannotPullContainerError" in ended["stoppedReason"]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"cluster": "nobodys"}, "ClusterNotFoundException", "Cluster not found"),
        ({"taskDefinition": "nobodys"}, "ClientException", "Unable to find task definition"),
        ({"networkConfiguration": {}}, "InvalidParameterException", "Network Configuration must be provided"),
        ({"count": 11}, "InvalidParameterException", "from 1 to 10"),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "InvalidParameterException",
            "not a container in the TaskDefinition",
        ),
    ],
)
def test_what_ecs_refuses_is_refused(task: ToyTask, change: dict[str, Any], code: str, says: str) -> None:
    asked: dict[str, Any] = {
        "cluster": task.name,
        "taskDefinition": task.name,
        "networkConfiguration": NETWORK,
    }
    with pytest.raises(ClientError) as refused:
        task.ecs.run_task(**asked | change)
    found, said = refusal(refused.value)
    assert found == code
    assert says in str(said)


def test_what_it_ran_counts_as_executed_with_its_volume(task: ToyTask) -> None:
    (arn,) = task.run("end", "0")
    definition = task.ended(arn)["taskDefinitionArn"]
    proven = {
        name
        for one in ledger.read(task.aws.layout.ledger)
        if isinstance(one, ledger.TookEffect) and one.physical_id == definition and one.region == task.region
        for name in one.honoured
    }
    assert proven == {"ContainerDefinitions", "Family", "Volumes"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"EphemeralStorage": {"SizeInGiB": 201}}, "201 GiB is not from 21 to 200"),
        ({"Volumes": [{"Name": "scratch", "Host": {"SourcePath": "/"}}]}, "more than a folder"),
        ({"Volumes": []}, "there is no volume scratch"),
    ],
)
def test_a_definition_that_cannot_be_rehearsed_fails_its_deployment(
    aws: EmulatedAws, image: str, change: dict[str, Any], says: str
) -> None:
    toy = ToyTask(aws=aws, image=image, region=REGION)
    assert toy.deploy(**change) == "ROLLBACK_COMPLETE"
    assert says in toy.reasons()


def test_its_end_is_told_as_an_event(task: ToyTask) -> None:
    group = f"/toys/{task.name}/events"
    logs, events = task.client("logs"), task.client("events")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    pattern = {"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"], "group": [f"family:{task.name}"]}}
    events.put_rule(Name=f"{task.name}-ends", EventPattern=json.dumps(pattern))
    target = f"arn:aws:logs:{task.region}:{'0' * 12}:log-group:{group}"
    events.put_targets(Rule=f"{task.name}-ends", Targets=[{"Id": "logs", "Arn": target}])
    (arn,) = task.run("end", "3")

    def told() -> list[dict[str, Any]]:
        found = [json.loads(one["message"]) for one in logs.filter_log_events(logGroupName=group)["events"]]
        return [one for one in found if one["detail"]["taskArn"] == arn]

    until(told)
    (event,) = told()
    assert event["detail-type"] == "ECS Task State Change"
    assert event["detail"]["containers"][0]["exitCode"] == 3
    assert event["detail"]["stopCode"] == "EssentialContainerExited"


def test_a_killed_emulator_leaves_nothing_of_a_task_that_down_does_not_stop() -> None:
    with emulated_aws(state_directory() / "emulators") as aws:
        toy = ToyTask(aws=aws, image=task_image(aws), region=RECOVERY_REGION)
        assert toy.deploy() == "CREATE_COMPLETE", toy.reasons()
        (arn,) = toy.run("serve")
        until(lambda: "postgres answers 42" in output_of(toy, arn))
        servers, memory = working_below(toy.folder(arn)), shared_memory(toy, arn)
        process = emulator(aws.layout)
        assert process
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not process.alive)
        (left,) = find(aws.layout)
        assert left.is_running()
        stopped = take_down(aws.layout)
        assert (stopped.left, len(stopped.servers)) == ([], 1)
        until(lambda: not any(map(running, servers)))
        forget(memory)
        assert not aws.layout.home.exists()


def output_of(task: ToyTask, arn: str) -> str:
    """What one task has printed so far."""
    identifier = arn.rpartition("/")[2]
    logs = task.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        found = logs.get_log_events(logGroupName=f"/toys/{task.name}", logStreamName=f"toy/toy/{identifier}")
        return "\n".join(event["message"] for event in found["events"])
    return ""


def working_below(folder: Path) -> list[int]:
    """The processes that work below a task's folder, whoever they are: its own first process among them."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(folder.resolve()):
                found.append(int(entry.name))
    return found


def shared_memory(task: ToyTask, arn: str) -> str:
    """The segment that a killed PostgreSQL leaves to the machine: in AWS it goes with the container."""
    return (task.folder(arn) / "scratch/data/postmaster.pid").read_text().splitlines()[6].split()[1]


def forget(memory: str) -> None:
    """Remove a segment that nobody uses any more."""
    subprocess.run(["ipcrm", "-m", memory], check=True)  # noqa: S603, S607  # util-linux


def running(pid: int) -> bool:
    """Whether there is a process that is no zombie."""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] != "Z"
