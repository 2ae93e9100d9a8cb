"""Hands on what a task prints, line by line: to its log group, where metrics are read out of it.

A task without a log group of the emulator's gives its metrics away all the same.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from tools.rehearsal.fargate.definition import Container
from tools.rehearsal.seams import LOG_PUT, LOG_STREAM, Emulator
from tools.rehearsal.services.log_metrics import publish_emf


class Output:
    """The output of one task, read from its file as it grows."""

    def __init__(self, *, emulator: Emulator, container: Container, task_id: str, log: Path) -> None:
        self.emulator = emulator
        self.log = log
        self._group = container.logs.group if container.logs else ""
        self._stream = container.stream(task_id)
        self._begun = False
        self._read = 0

    def hand_on(self, *, to_the_end: bool = False) -> None:
        """Hand on the whole lines that are new, within the scope of the task's account and region.

        `to_the_end`: nothing more will come, and a last line without an end is one too.
        """
        lines = list(self._new_lines(to_the_end=to_the_end))
        if lines and self._group:
            self._put(lines)
        elif lines:
            for line in lines:
                publish_emf(self.emulator, line)

    def _new_lines(self, *, to_the_end: bool) -> Iterator[str]:
        try:
            with self.log.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data if to_the_end else data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        yield from whole.decode("utf-8", errors="replace").splitlines()

    def _put(self, lines: list[str]) -> None:
        where = {"logGroupName": self._group, "logStreamName": self._stream}
        if not self._begun:
            self._begun = True
            self.emulator.call(LOG_STREAM, where)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        self.emulator.call(LOG_PUT, {**where, "logEvents": events})
