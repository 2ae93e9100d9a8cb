"""What a task definition says of its one container. Pure; in the emulator's form, which is the API's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.seams import Record

STOP_SECONDS = 30.0
"""Source: ECS API, ContainerDefinition, stopTimeout."""

FILES = 65_535
"""Source: ECS API, ContainerDefinition, ulimits: Fargate's soft limit of open files."""

SCRATCH = "/scratch"
"""The one path at which a volume may be mounted: its program learns from a variable where that is here."""

FEWEST_GIB, MOST_GIB = 21, 200
"""Source: ECS API, EphemeralStorage, sizeInGiB."""


@dataclass(frozen=True, kw_only=True)
class LogTo:
    """The log group and the beginning of the stream's name."""

    group: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Container:
    """How a task's container is started and stopped; `family` is the task definition's name."""

    family: str
    name: str
    image: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    stop_seconds: float
    logs: LogTo | None
    files: int = FILES
    mounts: tuple[str, ...] = ()

    def stream(self, task_id: str) -> str:
        """Return the name of a task's log stream, as the awslogs driver names it."""
        return f"{self.logs.prefix}/{self.name}/{task_id}" if self.logs else ""

    def overridden(self, overrides: Record) -> "Container":
        """Return it with the command and the variables of a RunTask. Raises InvalidProperty."""
        mine = self
        for one in _records(overrides.get("containerOverrides")):
            if one.get("name") != self.name:
                named = f"Override for container named {one.get('name')}"
                raise InvalidProperty(f"{named} is not a container in the TaskDefinition.")
            more = {str(row["name"]): str(row["value"]) for row in _records(one.get("environment"))}
            mine = replace(
                mine,
                command=_texts(one.get("command")) or mine.command,
                environment={**mine.environment, **more},
            )
        return mine


def container_of(definition: Record) -> Container:
    """Return the container of a task definition. Raises InvalidProperty for what is not rehearsed."""
    family = str(definition.get("family"))
    containers = _records(definition.get("containerDefinitions"))
    if len(containers) != 1:
        raise InvalidProperty(f"{family}: a rehearsed task has one container, not {len(containers)}")
    (found,) = containers
    if found.get("secrets"):
        raise InvalidProperty(
            f"{family}: Secrets: a rehearsed container gets none in its environment; it reads them itself"
        )
    return Container(
        family=family,
        name=str(found.get("name")),
        image=str(found.get("image")),
        entrypoint=_texts(found.get("entryPoint")),
        command=_texts(found.get("command")),
        environment={str(one["name"]): str(one["value"]) for one in _records(found.get("environment"))},
        ports=tuple(int(str(one["containerPort"])) for one in _records(found.get("portMappings"))),
        stop_seconds=float(str(found.get("stopTimeout") or STOP_SECONDS)),
        logs=_logs(found.get("logConfiguration")),
        files=_files(found.get("ulimits")),
        mounts=_mounts(family, _records(definition.get("volumes")), _records(found.get("mountPoints"))),
    )


def ephemeral_storage(gib: object) -> Record:
    """Return a task's ephemeral storage in the API's form. Raises InvalidProperty as ECS refuses it."""
    if not str(gib).isdecimal() or not FEWEST_GIB <= int(str(gib)) <= MOST_GIB:
        raise InvalidProperty(f"EphemeralStorage: {gib} GiB is not from {FEWEST_GIB} to {MOST_GIB}")
    return {"sizeInGiB": int(str(gib))}


def _mounts(family: str, volumes: list[Record], points: list[Record]) -> tuple[str, ...]:
    """Return where the volumes are mounted, each of which is a folder of the task's own."""
    known = {str(one.get("name") or one.get("Name")): one for one in volumes}
    for point in points:
        name, path = str(point.get("sourceVolume")), str(point.get("containerPath"))
        if name not in known:
            raise InvalidProperty(f"{family}: MountPoints: there is no volume {name}")
        if any(value for key, value in known[name].items() if key.lower() != "name"):
            raise InvalidProperty(f"{family}: Volumes: {name} is more than a folder of the task's own")
        if path != SCRATCH:
            raise InvalidProperty(
                f"{family}: MountPoints: {path}: a rehearsed task has no path of its own but {SCRATCH}"
            )
    return tuple(str(point.get("containerPath")) for point in points)


def _files(value: object) -> int:
    """Return how many files it may have open; CloudFormation's names stay as the template has them."""
    limits = [{name.lower(): one for name, one in row.items()} for row in _records(value)]
    found = [int(str(row["softlimit"])) for row in limits if row.get("name") == "nofile"]
    return found[0] if found else FILES


def _logs(value: object) -> LogTo | None:
    if not isinstance(value, dict):
        return None
    configuration = cast("Record", value)
    options = cast("dict[str, object]", configuration.get("options") or {})
    group = str(options.get("awslogs-group", ""))
    if configuration.get("logDriver") != "awslogs" or not group:
        return None
    return LogTo(group=group, prefix=str(options.get("awslogs-stream-prefix", "ecs")))


def _records(value: object) -> list[Record]:
    return cast("list[Record]", value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in cast("list[object]", value)) if isinstance(value, list) else ()
