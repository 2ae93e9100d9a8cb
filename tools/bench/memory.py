"""What the engine holds at its peak, by the number of scripts and by their size.

Each figure is the peak of a process of its own, which applies one history and nothing else; the first row,
with no script at all, is what Python and the libraries hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench.histories import MEBIBYTE, write_history, write_large
from tools.bench.measure import Reading, own_words
from tools.bench.migrations import engine_command
from tools.bench.scratch import scratch_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.bench.measure import Result
    from tools.bench.options import Options

LARGE_SCRIPTS = 2
SMALLER, LARGER = MEBIBYTE // 2, 5 * MEBIBYTE


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield the peak for every size of history, and for scripts of 0.5 and of 5 MiB."""
    progress("starting a PostgreSQL server")
    with scratch_server() as scratch:

        def peak(folder: Path) -> float:
            with scratch.database() as database:
                return own_words(engine_command(folder, database))["peak_mib"]

        histories = {
            "no script": write_history(scratch.folder / "scripts-0", scripts=0),
            **{
                f"{size} scripts of about 1 KiB": write_history(
                    scratch.folder / f"scripts-{size}", scripts=size
                )
                for size in options.sizes
            },
            **{
                f"{LARGE_SCRIPTS} scripts of {size / MEBIBYTE:g} MiB": write_large(
                    scratch.folder / f"bytes-{size}", scripts=LARGE_SCRIPTS, size=size
                )
                for size in (SMALLER, LARGER)
            },
        }
        floor = None
        for name, folder in histories.items():
            progress(f"memory: {name}")
            found = peak(folder)
            floor = floor or found
            yield Reading(name=name, figures={"peak, MiB": found, "above no script, MiB": found - floor})
