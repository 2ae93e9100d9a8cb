"""Sizes, ages and progress, as the commands of `datatier backup` show them to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.console import Console

    from tools.backup.progress import Seen

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024


def size(count: float) -> str:
    """Bytes, as `1.5 GiB`."""
    unit = 0
    while count >= _STEP and unit + 1 < len(_UNITS):
        count, unit = count / _STEP, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def span(seconds: float) -> str:
    """Seconds, as `12 s`, `5 min`, `10 h` or `3 days`."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004  a digit more where it tells


def bar(console: Console) -> Progress:
    """Return the one moving line that these commands share; on no terminal it shows nothing."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def following(console: Console, what: str) -> Generator[Callable[[Seen], None]]:
    """Show a task of ECS as it goes; elsewhere than on a terminal each new sentence is a line."""
    said: list[str] = []
    with bar(console) as shown:
        task = shown.add_task(what, total=None, detail="")

        def tell(seen: Seen) -> None:
            if not console.is_terminal and seen.message not in said[-1:]:
                said.append(seen.message)
                console.print(f"{what}: {seen.message}", markup=False, highlight=False, soft_wrap=True)
            shown.update(
                task,
                description=f"{what}: {seen.message}",
                total=seen.bytes_total or seen.tables,
                completed=(seen.bytes_done if seen.bytes_total else seen.tables_done) or 0,
                detail=_detail(seen),
            )

        yield tell


def _detail(seen: Seen) -> str:
    tables = ""
    if seen.tables is not None:
        tables = f"{seen.tables_done or 0} of {seen.tables} tables"
    stored = "" if seen.bytes_done is None else size(seen.bytes_done)
    return ", ".join(filter(None, (tables, stored)))
