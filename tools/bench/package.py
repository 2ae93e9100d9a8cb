"""What the bootstrap Lambda costs before its first line runs: the size of its package, and its import.

The package is built as a deployment builds it. Imports are timed in fresh processes from a package for this
machine's Python; as in Lambda, where the code's folder is read-only, nothing of it is compiled beforehand.
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from stacks import bootstrap
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_bundling import build
from stacks.settings.load import load_environment
from tools.bench.measure import MEBIBYTE, Command, Reading, own_words
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.bench.measure import Result
    from tools.bench.options import Options

TIMED = """\
import json, time
started = time.perf_counter()
{statement}
print(json.dumps({{"ms": (time.perf_counter() - started) * 1000}}))
"""

IMPORTS = {
    "boto3 and psycopg alone (the floor)": "import boto3, psycopg",
    "the function's handler": "import lambdas.bootstrap.handler",
    "the handler and all that its first call loads": (
        "import boto3, pgparse, aws_lambda_powertools, lambdas.bootstrap.handler"
    ),
}

FLOOR = ("psycopg*", "boto3*", "botocore*")
"""What of a package's folders the floor would hold; boto3 comes with Lambda's runtime."""


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield the package's sizes and the import times."""
    with tempfile.TemporaryDirectory() as folder:
        progress("building the bootstrap's package")
        functions = load_environment("prod").functions
        yield from _sizes(_built(Path(folder) / "deployed", functions.python, functions.architecture))
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        here = "arm64" if platform.machine() == "aarch64" else "x86_64"
        yield from _imports(_built(Path(folder) / "here", python, here), options.runs, progress)


def _built(output: Path, python: str, architecture: str) -> Path:
    root = repository_root()
    output.mkdir()
    asset = PythonAsset(
        root=root, sources=bootstrap.SOURCES, lock=bootstrap.LOCK, python=python, architecture=architecture
    )
    build(asset, output)
    return output


def _sizes(package: Path) -> Iterator[Reading]:
    floor = [path for pattern in FLOOR for path in package.glob(pattern)]
    for name, paths in {
        "psycopg alone (the floor; boto3 is the runtime's)": floor,
        "the bootstrap's package": list(package.iterdir()),
    }.items():
        files = [
            file
            for path in paths
            for file in (path.rglob("*") if path.is_dir() else [path])
            if file.is_file()
        ]
        unpacked = sum(file.stat().st_size for file in files)
        yield Reading(
            name=name,
            figures={"unpacked, MiB": unpacked / MEBIBYTE, "zipped, MiB": _zipped(package, files) / MEBIBYTE},
        )


def _zipped(package: Path, files: Sequence[Path]) -> int:
    with tempfile.NamedTemporaryFile(suffix=".zip") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(files):
                archive.write(file, file.relative_to(package))
        return Path(stream.name).stat().st_size


def _imports(package: Path, runs: int, progress: Callable[[str], None]) -> Iterator[Reading]:
    commands = {
        name: Command(
            name=name,
            arguments=[sys.executable, "-c", TIMED.format(statement=statement)],
            environment={"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""},
        )
        for name, statement in IMPORTS.items()
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        own_words(command)
    for number in range(1, runs + 1):
        progress(f"importing: round {number} of {runs}")
        for name, command in commands.items():
            times[name].append(own_words(command)["ms"])
    floor = statistics.median(next(iter(times.values())))
    for name, taken in times.items():
        middle = statistics.median(taken)
        yield Reading(
            name=f"import {name}", figures={"import, ms": middle, "ratio to the floor": middle / floor}
        )
