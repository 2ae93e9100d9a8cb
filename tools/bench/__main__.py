"""`python -m tools.bench`: measure, write `.state/bench.json`, print tables. Ctrl-C leaves nothing behind."""

from __future__ import annotations

import importlib
import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console

from tools.bench.options import Options, parse
from tools.bench.tables import tables
from tools.state import state_directory

if TYPE_CHECKING:
    from tools.bench.measure import Result

# Loaded one after the other: importing CDK takes seconds and starts a Node that the others would run beside.
GROUPS = {
    "migrations": "tools.bench.migrations",
    "memory": "tools.bench.memory",
    "index": "tools.bench.index_builds",
    "rotation": "tools.bench.rotation",
    "pooling": "tools.bench.pooling",
    "backup": "tools.bench.backup",
    "synth": "tools.bench.synth",
    "package": "tools.bench.package",
}
LAST_LINES = 15
WORDS = 4
WIDTH = 150
INTERRUPTED = 130


def main() -> int:
    """Measure the chosen groups; return the exit code. What was measured before a failure is written."""
    options = parse(None, groups=list(GROUPS), description=__doc__)
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    results: list[dict[str, object]] = []
    code = 0
    try:
        for name in options.groups:
            for result in _measured(name, options, console):
                results.append({"group": name, **asdict(result)})  # noqa: PERF401  what was measured before a failure is kept
    except subprocess.CalledProcessError as error:
        said = "\n".join(str(error.output).splitlines()[-LAST_LINES:])
        console.print(f"{_short(error)} failed:\n{said}", markup=False, highlight=False)
        code = 1
    except KeyboardInterrupt:
        console.print("interrupted; what was started is stopped and removed")
        code = INTERRUPTED
    if results:
        _write(results, console)
    return code


def _write(results: list[dict[str, object]], console: Console) -> None:
    path = state_directory() / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}
    path.write_text(json.dumps({"machine": machine, "results": results}, indent=2))
    console.print(f"written to {path}", markup=False, highlight=False, soft_wrap=True)


def _measured(name: str, options: Options, console: Console) -> list[Result]:
    """Measure one group, and show it at once: the next may take minutes."""
    with console.status(name) as status:

        def progress(text: str) -> None:
            status.update(text)
            if not console.is_terminal:
                console.print(f"  {text}", markup=False, highlight=False)

        results = list(importlib.import_module(GROUPS[name]).results(options, progress=progress))
    for table in tables(results):
        console.print(table)
    return results


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _short(error: subprocess.CalledProcessError) -> str:
    """The command without the hundreds of files that it may name."""
    words = [str(word) for word in error.cmd]
    return " ".join([*words[:WORDS], *(["…"] if len(words) > WORDS else [])])


if __name__ == "__main__":
    sys.exit(main())
