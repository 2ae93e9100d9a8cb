"""This machine in Fargate's place: starts a task's container, of a service or not, as a process."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.rehearsal.clouds import variables_at
from tools.rehearsal.fargate.definition import Container
from tools.rehearsal.fargate.output import Output
from tools.rehearsal.fargate.task import Task
from tools.rehearsal.images.store import Images
from tools.rehearsal.layout import Layout
from tools.rehearsal.seams import Emulator

if TYPE_CHECKING:
    import subprocess


@dataclass(frozen=True, kw_only=True)
class Started:
    """A task that was started: its folder, its first process, and where its output goes."""

    task: Task
    process: "subprocess.Popen[bytes]"
    output: Output


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where tasks run; `authority` and `endpoint` are what they trust and whom they ask."""

    layout: Layout
    emulator: Emulator
    authority: Path
    endpoint: str

    def start(self, container: Container, arn: str) -> Started:
        """Start a task, within the scope of its region. Raises RehearsalError, ServerError."""
        image = Images(self.layout.images).get(container.image)
        task_id = arn.rpartition("/")[2]
        task, process = Task.create(
            directory=self.layout.tasks / self.emulator.region / task_id,
            identifier=f"{container.family}/{task_id[:8]}",
            log=self.layout.logs / f"{container.family}.{task_id[:8]}.log",
            container=container,
            image=image,
            cloud=variables_at(self.endpoint, self.emulator.region),
            authority=self.authority,
            names=self.layout.names,
        )
        output = Output(emulator=self.emulator, container=container, task_id=task_id, log=task.log)
        return Started(task=task, process=process, output=output)
