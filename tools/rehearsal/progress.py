"""Shows a deployment as it goes: a line for each stack when it is done, and how long that took.

On a terminal the stacks at work are shown too, and move; elsewhere nothing is printed twice. Never ends a
deployment: an emulator that is too busy to answer is asked again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.stacks_state import Stack

if TYPE_CHECKING:
    import subprocess

POLL_SECONDS = 0.5
DONE, FAILED = "[green]✓[/]", "[red]✗[/]"


class Progress:
    """The stacks of one deployment: `look` returns all, `took` the seconds of one that is done."""

    def __init__(
        self, console: Console, *, look: Callable[[], list[Stack]], took: Callable[[Stack], float | None]
    ) -> None:
        self.console = console
        self.look = look
        self.took = took
        self.began = time.monotonic()
        self.before = set(look())
        self.last: list[Stack] = []
        self.lines: dict[Stack, tuple[str, str, str]] = {}

    @property
    def changed(self) -> list[Stack]:
        """The stacks that are not as they were before the deployment."""
        return [stack for stack in self.last if stack not in self.before]

    def follow(self, process: "subprocess.Popen[bytes]") -> int:
        """Watch until the process ends; return its exit code."""
        if not self.console.is_terminal:
            return self._print(process)
        with Live(self._table(), console=self.console, refresh_per_second=8, transient=False) as live:
            while process.poll() is None:
                self.observe()
                live.update(self._table())
                time.sleep(POLL_SECONDS)
            self.observe()
            live.update(self._table(ended=True))
        return process.wait()

    def observe(self) -> list[tuple[str, str, str]]:
        """Look once; return the lines of the stacks that are done since the last look: mark, name, result."""
        with suppress(EmulatorRefused):
            self.last = self.look()
        new = [stack for stack in self.changed if stack.settled and stack not in self.lines]
        for stack in new:
            took = self.took(stack)
            result = stack.status.replace("_", " ").lower()
            self.lines[stack] = (
                DONE if stack.good else FAILED,
                stack.name,
                result if took is None else f"{result} in {took:.1f} s",
            )
        return [self.lines[stack] for stack in new]

    def _print(self, process: "subprocess.Popen[bytes]") -> int:
        while True:
            ended = process.poll() is not None
            for line in self.observe():
                self.console.print("  " + "  ".join(line), highlight=False, soft_wrap=True)
            if ended:
                return process.wait()
            time.sleep(POLL_SECONDS)

    def _table(self, *, ended: bool = False) -> Table:
        table = Table.grid(padding=(0, 2))
        for line in self.lines.values():
            table.add_row(*line)
        busy = [stack for stack in self.changed if stack.busy]
        for stack in busy:
            table.add_row(Spinner("dots"), stack.name, stack.status.replace("_", " ").lower())
        if not (busy or ended):
            doing = "publishing and comparing" if self.changed else "synthesizing"
            table.add_row(Spinner("dots"), doing, f"{time.monotonic() - self.began:.0f} s")
        return table
