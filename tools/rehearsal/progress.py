"""Shows a deployment as it goes: a line for each stack, its status, and how long it has taken.

On a terminal the lines move; elsewhere each change is printed once, so that a log stays readable.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tools.rehearsal.stacks_state import Stack

if TYPE_CHECKING:
    import subprocess

POLL_SECONDS = 0.5
DONE, FAILED = "[green]✓[/]", "[red]✗[/]"


class Progress:
    """The stacks of one deployment and when each was first and last seen at work."""

    def __init__(self, console: Console, look: Callable[[], list[Stack]]) -> None:
        self.console = console
        self.look = look
        self.began = time.monotonic()
        self.before = {stack.name: (stack.status, stack.changed) for stack in look()}
        self.seconds: dict[str, tuple[float, float]] = {}
        self.last: list[Stack] = []

    @property
    def changed(self) -> list[Stack]:
        """The stacks that are not as they were before the deployment."""
        return [stack for stack in self.last if self.before.get(stack.name) != (stack.status, stack.changed)]

    def follow(self, process: "subprocess.Popen[bytes]") -> int:
        """Watch until the process ends; return its exit code."""
        if self.console.is_terminal:
            with Live(self._table(), console=self.console, refresh_per_second=8, transient=False) as live:
                while process.poll() is None:
                    self._observe()
                    live.update(self._table())
                    time.sleep(POLL_SECONDS)
                self._observe()
                live.update(self._table(ended=True))
            return process.wait()
        shown: dict[str, str] = {}
        while True:
            ended = process.poll() is not None
            self._observe()
            for stack in self.changed:
                if shown.get(stack.name) != stack.status:
                    shown[stack.name] = stack.status
                    self.console.print(
                        f"  {stack.name}: {stack.status} ({self._took(stack.name)})", highlight=False
                    )
            if ended:
                return process.wait()
            time.sleep(POLL_SECONDS)

    def _observe(self) -> None:
        now = time.monotonic()
        self.last = self.look()
        for stack in self.changed:
            first, last = self.seconds.get(stack.name, (now, now))
            self.seconds[stack.name] = (first, now if stack.busy else last)

    def _took(self, name: str) -> str:
        first, last = self.seconds.get(name, (0.0, 0.0))
        return f"{last - first:.0f} s"

    def _table(self, *, ended: bool = False) -> Table:
        table = Table.grid(padding=(0, 2))
        elapsed = f"{time.monotonic() - self.began:.0f} s"
        changed = self.changed
        busy = any(stack.busy for stack in changed)
        if not (busy or ended):
            table.add_row(
                Spinner("dots"), Text("publishing and comparing" if changed else "synthesizing"), "", elapsed
            )
        for stack in changed:
            mark = Spinner("dots") if stack.busy else DONE if stack.good else FAILED
            table.add_row(mark, stack.name, stack.status.replace("_", " ").lower(), self._took(stack.name))
        return table
