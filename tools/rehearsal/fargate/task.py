"""One task of ECS: its image's program as a process of its own, on a loopback address of its own.

Runs as the account that servers run as, never as root. Its folder is below `servers/tasks`: `down` finds it.
"""

import hashlib
import os
import resource
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from tools.rehearsal.fargate.definition import SCRATCH, Container
from tools.rehearsal.fargate.environment import Place, arguments_of, environment_of
from tools.rehearsal.images.store import Image
from tools.servers import binaries
from tools.servers.accounts import check_reachable, hand_over
from tools.servers.addresses import free_address
from tools.servers.errors import BinaryMissing
from tools.servers.program import Program, ProgramIdentity

if TYPE_CHECKING:
    import subprocess

LOG_LINES = 12
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of each task's own in it, 0700


class Task(Program):
    """A task's process and its folder."""

    kind: ClassVar[str] = "ECS task"
    grace_seconds: ClassVar[float] = 2.0  # at `down` nobody is left whom it could drain

    @classmethod
    def create(  # each is named
        cls,
        *,
        directory: Path,
        identifier: str,
        log: Path,
        container: Container,
        image: Image,
        cloud: Mapping[str, str],
        authority: Path,
        names: Path,
    ) -> tuple[Self, "subprocess.Popen[bytes]"]:
        """Start a task. Raises ServerError, InvalidProperty; whether it lives on is for its health to say."""
        address, _ = free_address(container.ports[0] if container.ports else 0)
        port = container.ports[0] if container.ports else 0
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        task = cls(directory, ProgramIdentity(identifier=identifier, host=address, port=port, log=str(log)))
        place = Place(
            address=address,
            directory=task.directory,
            memory=task.memory,
            cloud=cloud,
            authority=authority,
            names=names,
            programs=_programs(),
            path=os.environ.get("PATH", os.defpath),
        )
        arguments = arguments_of(container, image)
        check_reachable(task.directory)
        task.settle()
        task.memory.mkdir(mode=0o700)
        if SCRATCH in container.mounts:
            volume = task.directory / place.scratch.name
            volume.mkdir(mode=0o700)
            place.scratch.symlink_to(volume)
        hand_over(task.memory)
        process = task.launch(
            [*_with_files(container.files), *arguments],
            environment=environment_of(container, image, place),
            lend_account=True,
        )
        return task, process

    @property
    def memory(self) -> Path:
        """Its folder in /dev/shm, as on Fargate: short enough for the path of a socket, never on disk."""
        digest = hashlib.sha256(str(self.directory).encode()).hexdigest()
        return MEMORY / f"datatier-{digest[:16]}"

    def destroy(self) -> None:
        """Stop it and remove its folders."""
        super().destroy()
        if not self.is_running():
            shutil.rmtree(self.memory, ignore_errors=True)

    @property
    def last_words(self) -> str:
        """The end of its output."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = text.splitlines()[-LOG_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (it said nothing)"


def _with_files(wanted: int) -> list[str]:
    """Return the words before a program that give it as many open files, or as many as there may be here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    return ["/bin/sh", "-c", 'ulimit -S -n "$0" && exec "$@"', str(most)]


def _programs() -> dict[str, str]:
    """Return the variables of the programs that an image would hold; a missing one is the task's to miss."""
    found: dict[str, str] = {}
    with suppress(BinaryMissing):
        pooler = binaries.pgbouncer()
        found |= {"PGBOUNCER": pooler.path("pgbouncer"), **pooler.libraries}
    with suppress(BinaryMissing):
        postgres = binaries.postgres()
        libraries = postgres.libraries.get("LD_LIBRARY_PATH")
        found |= {"POSTGRES_PROGRAMS": str(postgres.directory)}
        found |= {"POSTGRES_LIBRARIES": libraries} if libraries else {}
    return found
