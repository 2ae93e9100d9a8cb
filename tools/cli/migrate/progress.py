"""Shows a run of migrations as it goes: the engine's log, made for eyes.

On a terminal one moving line says what runs and how far an index build is; elsewhere nothing moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console

APPLIED: Final = "Migration applied"


class Run:
    """The log that a run writes to. `applied` and `pending` are names, and move from one to the other."""

    def __init__(self, console: Console) -> None:
        self.applied: list[str] = []
        self.pending: list[str] = []
        self.building = False
        self._console = console
        self._total = 0
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, detail="")

    def expect(self, pending: Sequence[str]) -> None:
        """Say what will be applied, in order, before it begins."""
        self.pending = list(pending)
        self._total = len(pending)
        self._show_next()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def info(self, msg: str, **facts: object) -> None:
        """Follow the run; see `lambdas.common.logs.Log`."""
        name = facts.get("migration")
        if msg == APPLIED and isinstance(name, str):
            self.building = False
            self.applied.append(name)
            self.pending = [one for one in self.pending if one != name]
            self._print(Text.assemble(("✓ ", "green"), f"{name}  {_seconds(facts.get('seconds'))}"))
            self._show_next()
        elif "phase" in facts:
            self.building = True
            self._show_build(msg, facts)
        else:
            self._print(Text(_sentence(msg, facts)))

    def warning(self, msg: str, **facts: object) -> None:
        """Say what a person should look at; see `lambdas.common.logs.Log`."""
        self._print(Text.assemble(("! ", "yellow"), _sentence(msg, facts)))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True, highlight=False)

    def _show_next(self) -> None:
        if not self.pending:
            self._bar.update(self._task, description="Finishing", total=None, detail="")
            return
        number = f"{len(self.applied) + 1} of {max(self._total, len(self.applied) + 1)}"
        self._bar.reset(self._task, description=f"{self.pending[0]} ({number})", total=None, detail="")

    def _show_build(self, msg: str, facts: dict[str, object]) -> None:
        percent = facts.get("percent")
        if not self._console.is_terminal:
            self._print(Text(f"  {_sentence(msg, facts)}"))
        elif isinstance(percent, (int, float)):
            self._bar.update(
                self._task, total=100, completed=percent, detail=f"{facts['phase']}, {percent:.0f} %"
            )
        else:
            self._bar.update(self._task, total=None, detail=str(facts["phase"]))


def _seconds(value: object) -> str:
    return f"{value:.2f} s" if isinstance(value, (int, float)) else ""


def _sentence(msg: str, facts: dict[str, object]) -> str:
    """The message and its facts, as `msg: name value, name value`."""
    return f"{msg}: {', '.join(f'{name} {_value(value)}' for name, value in facts.items())}" if facts else msg


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  a fact is of any type
    return f"{value:.3g}" if isinstance(value, float) else str(value)
