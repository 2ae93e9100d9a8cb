"""Results are shown with the figures that they have, and no empty columns."""

from __future__ import annotations

import io

from rich.console import Console

from tools.bench.measure import Comparison, Reading, Result
from tools.bench.tables import tables


def comparison(peak: float | None) -> Comparison:
    return Comparison(
        name="20 migrations", subject="engine", baseline="psql", subject_wall_seconds=1.25,
        baseline_wall_seconds=1.0, wall_ratio=1.25, subject_peak_mib=peak, baseline_peak_mib=peak,
        memory_ratio=peak and 1.0, runs=1,
    )  # fmt: skip


def shown(*results: Result) -> list[str]:
    text = io.StringIO()
    console = Console(file=text, width=150)
    for table in tables(results):
        console.print(table)
    return [line.strip() for line in text.getvalue().splitlines() if line.strip()]


def test_a_comparison_shows_both_raw_figures_and_their_ratio() -> None:
    assert shown(comparison(None))[-1].split() == [
        "20",
        "migrations",
        "engine",
        "psql",
        "1.25",
        "1.00",
        "1.25",
    ]


def test_memory_has_columns_only_where_it_was_measured() -> None:
    assert "peak" not in " ".join(shown(comparison(None)))
    assert "peak" in " ".join(shown(comparison(64.0)))


def test_readings_of_the_same_figures_share_a_table() -> None:
    one, two, other = (
        Reading(name="one", figures={"ms": 3.14159}),
        Reading(name="two", figures={"ms": 1234.5}),
        Reading(name="other", figures={"MiB": 2}),
    )
    lines = shown(one, two, other)
    assert [line.split() for line in lines if "─" not in line] == [
        ["what", "ms"], ["one", "3.14"], ["two", "1,234.5"], ["what", "MiB"], ["other", "2"],
    ]  # fmt: skip


def test_many_long_headings_wrap_and_no_name_or_figure_is_cut() -> None:
    reading = Reading(name="a name", figures={f"figure {n}, of the processor": 12345.6 for n in range(10)})
    text = " ".join(shown(reading))
    assert "…" not in text
    assert "a name" in text
    assert text.count("12,345.6") == 10
