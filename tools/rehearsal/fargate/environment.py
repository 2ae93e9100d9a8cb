"""What a task's process is given: its arguments and its environment. Pure.

Of this shell only PATH and the language; of the image nothing but its program; of the task definition all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import SCRATCH, Container
from tools.rehearsal.images.store import Image

EVERYWHERE = "0.0.0.0"  # noqa: S104  # what a container's program listens on, and what is replaced by its own address
PYTHON = "python"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a task has on this machine: its address, its folders, and the variables of the emulated AWS.

    `programs` are those that its image would hold: PGBOUNCER, POSTGRES_PROGRAMS (a folder), and the libraries
    of those that are not installed. `memory` is never on disk, and short enough for the path of a socket.
    """

    address: str
    directory: Path
    memory: Path
    cloud: Mapping[str, str]
    authority: Path
    names: Path
    programs: Mapping[str, str]
    path: str

    @property
    def scratch(self) -> Path:
        """The volume that is mounted at /scratch: on disk, by a path as short as that of `memory`."""
        return self.memory / "scratch"


def arguments_of(container: Container, image: Image) -> list[str]:
    """Return the program and its arguments; a program called python is the image's environment's.

    Raises InvalidProperty where neither the image nor the task definition says what to start.
    """
    entrypoint = container.entrypoint or image.start.entrypoint
    command = container.command or (() if container.entrypoint else image.start.command)
    words = [*entrypoint, *command]
    if not words:
        raise InvalidProperty(
            f"{container.image} has neither ENTRYPOINT nor CMD, and {container.name} names none"
        )
    if PurePosixPath(words[0]).name.startswith(PYTHON) and image.python:
        words[0] = str(image.python)
    return words


def environment_of(container: Container, image: Image, place: Place) -> dict[str, str]:
    """Return the whole environment; a value of 0.0.0.0 becomes the task's own address.

    Source of AWS_EXECUTION_ENV: "Task metadata available for Amazon ECS tasks on Fargate".
    """
    declared = {
        name: place.address if value == EVERYWHERE else value for name, value in container.environment.items()
    }
    return {
        "PATH": place.path,
        "LANG": "C.UTF-8",
        "HOME": str(place.directory),
        "PYTHONPATH": str(image.context),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        **place.cloud,
        **declared,
        **place.programs,
        "CA_BUNDLE": str(place.authority),
        "RUNTIME_DIRECTORY": str(place.memory),
        **({"SCRATCH_DIRECTORY": str(place.scratch)} if SCRATCH in container.mounts else {}),
        "DATATIER_NAMES": str(place.names),
    }
