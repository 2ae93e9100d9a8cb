"""Shows results as tables. It measures nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from tools.bench.measure import Comparison, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.bench.measure import Result

EXACT_BELOW = 10
TEXT_COLUMNS = 3


def tables(results: Sequence[Result]) -> Iterator[Table]:
    """Yield one table of comparisons, and one for each run of readings with the same figures."""
    comparisons = [result for result in results if isinstance(result, Comparison)]
    for has_memory, rows in groupby(comparisons, key=lambda result: result.memory_ratio is not None):
        yield _comparisons(list(rows), has_memory=has_memory)
    readings = [result for result in results if isinstance(result, Reading)]
    for columns, rows in groupby(readings, key=lambda reading: tuple(reading.figures)):
        table = _table("", "what", *columns)
        for reading in rows:
            table.add_row(reading.name, *map(_figure, reading.figures.values()))
        yield table


def _comparisons(results: Sequence[Comparison], *, has_memory: bool) -> Table:
    headings = ("what", "subject", "against", "wall, s", "against", "ratio")
    memory_headings = ("peak, MiB", "against", "ratio") if has_memory else ()
    table = _table(
        "Medians, and the median of the rounds' ratios", *headings, *memory_headings, texts=TEXT_COLUMNS
    )
    for result in results:
        memory = (result.subject_peak_mib, result.baseline_peak_mib, result.memory_ratio)[
            : len(memory_headings)
        ]
        table.add_row(
            result.name,
            result.subject,
            result.baseline,
            f"{result.subject_wall_seconds:.2f}",
            f"{result.baseline_wall_seconds:.2f}",
            f"{result.wall_ratio:.2f}",
            *("" if figure is None else _figure(figure) for figure in memory),
        )
    return table


def _table(title: str, *headings: str, texts: int = 1) -> Table:
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right", overflow="fold")
    return table


def _figure(figure: float) -> str:
    if figure == int(figure):
        return f"{int(figure):,}"
    return f"{figure:.2f}" if abs(figure) < EXACT_BELOW else f"{figure:,.1f}"
