"""`python -m tools.bench [--runs N]`: measure, write `.state/bench.json`, print a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from tools.bench import synth
from tools.state import state_directory

if TYPE_CHECKING:
    from tools.bench.measure import Comparison

LAST_LINES = 15


def main() -> int:
    """Run every comparison; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs for each comparison (default 5)")
    runs: int = parser.parse_args().runs
    if runs < 1:
        parser.error(f"--runs {runs}: at least one pair is needed")
    console = Console()
    results: list[Comparison] = []
    try:
        with console.status("measuring") as status:
            results.extend(synth.comparisons(runs=runs, progress=status.update))
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.output.decode(errors="replace").splitlines()[-LAST_LINES:])
        console.print(f"{error.cmd[-1]} failed:\n{said}", markup=False, highlight=False)
        return 1
    path = state_directory() / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}
    path.write_text(
        json.dumps({"machine": machine, "results": [asdict(result) for result in results]}, indent=2)
    )
    console.print(_table(results))
    console.print(f"written to {path}", markup=False)
    return 0


def _table(results: list[Comparison]) -> Table:
    table = Table(
        title="Medians, and the median of the pairs' ratios", title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column("what", no_wrap=True)
    table.add_column("against", no_wrap=True)
    for heading in ("wall, s", "floor", "ratio", "peak, MiB", "floor", "ratio"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(
            result.name,
            result.baseline,
            f"{result.subject_wall_seconds:.2f}",
            f"{result.baseline_wall_seconds:.2f}",
            f"{result.wall_ratio:.2f}",
            f"{result.subject_peak_mib:.0f}",
            f"{result.baseline_peak_mib:.0f}",
            f"{result.memory_ratio:.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
