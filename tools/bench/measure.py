"""Runs commands in turn and measures wall time and the peak memory of their whole process tree."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE_SECONDS = 0.02
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one command."""

    wall_seconds: float
    peak_mib: float


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run: a name for people, the words, and its environment."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A subject against a baseline, run in turn: medians of each, and the median of the pairs' ratios."""

    name: str
    subject: str
    baseline: str
    subject_wall_seconds: float
    baseline_wall_seconds: float
    wall_ratio: float
    subject_peak_mib: float
    baseline_peak_mib: float
    memory_ratio: float
    runs: int


def compare(
    name: str, subject: Command, baseline: Command, *, runs: int, progress: Callable[[str], None]
) -> Comparison:
    """Run baseline and subject in turn after one warm-up each.

    Raises:
        subprocess.CalledProcessError: a command failed; its output is in the error.
    """
    run(baseline)
    run(subject)
    pairs: list[tuple[Run, Run]] = []
    for number in range(1, runs + 1):
        progress(f"{name}: pair {number} of {runs}")
        floor = run(baseline)
        pairs.append((run(subject), floor))
    return Comparison(
        name=name,
        subject=subject.name,
        baseline=baseline.name,
        subject_wall_seconds=statistics.median(a.wall_seconds for a, _ in pairs),
        baseline_wall_seconds=statistics.median(b.wall_seconds for _, b in pairs),
        wall_ratio=statistics.median(a.wall_seconds / b.wall_seconds for a, b in pairs),
        subject_peak_mib=statistics.median(a.peak_mib for a, _ in pairs),
        baseline_peak_mib=statistics.median(b.peak_mib for _, b in pairs),
        memory_ratio=statistics.median(a.peak_mib / b.peak_mib for a, b in pairs),
        runs=runs,
    )


def run(command: Command) -> Run:
    """Run one command to its end. Raises subprocess.CalledProcessError."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603  (this project's own programs, no shell)
            command.arguments, env=command.environment, stdout=output, stderr=subprocess.STDOUT
        )
        peak = 0
        root = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _resident(root))
            time.sleep(SAMPLE_SECONDS)
        wall = time.perf_counter() - started
        output.seek(0)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command.arguments, output.read())
    return Run(wall_seconds=wall, peak_mib=peak / MEBIBYTE)


def _resident(root: psutil.Process) -> int:
    """Return the bytes that the process and its descendants hold now."""
    total = 0
    try:
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        return total
    return total
