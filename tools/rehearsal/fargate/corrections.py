"""Puts the schedulers in the place of the emulator's, and mends what its ECR and its balancers say."""

from collections.abc import Callable
from typing import cast
from xml.sax.saxutils import escape

from tools.rehearsal.fargate.fargate import Fargate
from tools.rehearsal.seams import (
    BALANCER_ACTIONS,
    BALANCER_XML,
    ECS_ACTIONS,
    ECS_DOCKER,
    ECS_RECONCILE,
    ECS_RUN_TASK,
    ECS_STOP_TASK,
    ECS_TASK,
    ERROR_ANSWER,
    IMAGES_DESCRIBE,
    TARGETS,
    Emulator,
    Record,
)
from tools.rehearsal.services.answers import Answer, document, done, refusing

NO_IMAGE = "ImageNotFoundException"
REFUSED, OK = 400, 200
HEALTH = "DescribeTargetHealth"

_Operation = Callable[[Record], Answer]


def correct_fargate(fargate: Fargate) -> None:
    """Correct the services that tasks are run by."""
    emulator = fargate.emulator
    emulator.replace(ECS_DOCKER, lambda: None)  # a Docker engine on this machine is none of a rehearsal's
    emulator.replace(ECS_RECONCILE, fargate.schedule)
    _correct_runs(fargate)
    _correct_stops(emulator)
    _correct_images(emulator)
    _correct_target_health(fargate)


def _correct_runs(fargate: Fargate) -> None:
    """Have RunTask run tasks, whoever calls it: a client, a rule, a state machine."""
    emulator = fargate.emulator
    run = refusing(emulator, fargate.standalone.run)
    emulator.replace(ECS_RUN_TASK, run)
    cast("dict[str, object]", emulator.store(ECS_ACTIONS))["RunTask"] = run


def _correct_stops(emulator: Emulator) -> None:
    """Let whoever looks after a task stop it when StopTask names it."""
    originally = cast("_Operation", emulator.function(ECS_STOP_TASK))

    def stop(data: Record) -> Answer:
        cluster = str(data.get("cluster", "default")).rpartition("/")[2]
        task = cast("Record | None", emulator.call(ECS_TASK, data.get("task", ""), cluster))
        if task is None or task.get("lastStatus") == "STOPPED":
            return originally(data)
        task.setdefault("_stop_asked", data.get("reason", "Task stopped by user"))
        task["desiredStatus"] = "STOPPED"
        described = cast("_Operation", emulator.store(ECS_ACTIONS)["DescribeTasks"])
        said = document(described({"cluster": cluster, "tasks": [task["taskArn"]]}))
        return done(emulator, {"task": cast("list[object]", said["tasks"])[0]})

    emulator.replace(ECS_STOP_TASK, stop)
    cast("dict[str, object]", emulator.store(ECS_ACTIONS))["StopTask"] = stop


def _correct_images(emulator: Emulator) -> None:
    """Say that an image is not there: by an empty list the CDK CLI would take it for published."""
    originally = cast("_Operation", emulator.function(IMAGES_DESCRIBE))

    def describe(data: Record) -> Answer:
        answer = originally(data)
        if data.get("imageIds") and answer[0] == OK and not document(answer).get("imageDetails"):
            said = f"The image with imageId {data['imageIds']} does not exist"
            return cast("Answer", emulator.call(ERROR_ANSWER, NO_IMAGE, said, REFUSED))
        return answer

    emulator.replace(IMAGES_DESCRIBE, describe)


def _correct_target_health(fargate: Fargate) -> None:
    """Say of each target what its balancer sees; the emulator says that all are healthy."""
    emulator = fargate.emulator

    def describe(parameters: dict[str, list[str]]) -> Answer:
        group = (parameters.get("TargetGroupArn") or [""])[0]
        rows = cast("dict[str, list[Record]]", emulator.store(TARGETS)).get(group) or []
        found = "".join(_described(fargate, group, row) for row in list(rows))
        inner = f"<TargetHealthDescriptions>{found}</TargetHealthDescriptions>"
        return cast("Answer", emulator.call(BALANCER_XML, OK, HEALTH, inner))

    cast("dict[str, object]", emulator.store(BALANCER_ACTIONS))[HEALTH] = describe


def _described(fargate: Fargate, group: str, row: Record) -> str:
    address, port = str(row["Id"]), int(str(row["Port"]))
    seen = fargate.balancers.seen(group, address, port)
    state, reason = (seen.state, seen.reason) if seen else ("unused", "")
    description = f"<Description>{escape(reason)}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{address}</Id><Port>{port}</Port></Target>"
        f"<TargetHealth><State>{state}</State>{description}</TargetHealth></member>"
    )
