"""Runs what is compared in turn and measures wall time, and where asked the whole process tree's peak memory.

It judges nothing, and ends what it started when it is interrupted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

SAMPLE_SECONDS = 0.02
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run. `peak_mib` is None where memory was not sampled, which costs time that others would pay."""

    wall_seconds: float
    peak_mib: float | None = None


class Contender(Protocol):
    """What takes part in a comparison; `name` is for people."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def run(self) -> Run:
        """Run once, measured. Raises subprocess.CalledProcessError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program: a name for people, the words, its environment. Measured as a whole, its start included."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    samples_memory: bool = True

    def run(self) -> Run:
        """Run it to its end. Raises subprocess.CalledProcessError with the output."""
        return watch(self.start, samples_memory=self.samples_memory)[0]

    def start(self) -> subprocess.Popen[str]:
        """Start it and return at once."""
        return subprocess.Popen(  # noqa: S603  (programs that this bench names, no shell)
            self.arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A subject against a baseline, run in turn: medians of each, and the median of the pairs' ratios."""

    name: str
    subject: str
    baseline: str
    subject_wall_seconds: float
    baseline_wall_seconds: float
    wall_ratio: float
    subject_peak_mib: float | None
    baseline_peak_mib: float | None
    memory_ratio: float | None
    runs: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Figures of one thing, which stand beside those of its neighbours; their names say the units."""

    name: str
    figures: Mapping[str, float]


Result = Comparison | Reading


def compare(
    name: str, subject: Contender, baseline: Contender, *, runs: int, progress: Callable[[str], None]
) -> Comparison:
    """Run baseline and subject in turn after one warm-up each. Raises subprocess.CalledProcessError."""
    baseline.run()
    subject.run()
    pairs = take_turns(name, [baseline, subject], runs=runs, progress=progress)
    return compared(name, subject, baseline, pairs)


def take_turns(
    name: str, contenders: Sequence[Contender], *, runs: int, progress: Callable[[str], None]
) -> list[dict[str, Run]]:
    """Run each contender once a round; return the rounds, each by the contenders' names."""
    rounds: list[dict[str, Run]] = []
    for number in range(1, runs + 1):
        done: dict[str, Run] = {}
        for contender in contenders:
            progress(f"{name}: round {number} of {runs}, {contender.name}")
            done[contender.name] = contender.run()
        rounds.append(done)
    return rounds


def compared(
    name: str, subject: Contender, baseline: Contender, rounds: Sequence[Mapping[str, Run]]
) -> Comparison:
    """Put two contenders of the same rounds side by side."""
    pairs = [(one[subject.name], one[baseline.name]) for one in rounds]
    memory = [(a.peak_mib, b.peak_mib) for a, b in pairs if a.peak_mib and b.peak_mib]
    return Comparison(
        name=name,
        subject=subject.name,
        baseline=baseline.name,
        subject_wall_seconds=statistics.median(a.wall_seconds for a, _ in pairs),
        baseline_wall_seconds=statistics.median(b.wall_seconds for _, b in pairs),
        wall_ratio=statistics.median(a.wall_seconds / b.wall_seconds for a, b in pairs),
        subject_peak_mib=statistics.median(a for a, _ in memory) if memory else None,
        baseline_peak_mib=statistics.median(b for _, b in memory) if memory else None,
        memory_ratio=statistics.median(a / b for a, b in memory) if memory else None,
        runs=len(pairs),
    )


def watch(start: Callable[[], subprocess.Popen[str]], *, samples_memory: bool = False) -> tuple[Run, str]:
    """Measure a program to its end; return its stdout too. Raises subprocess.CalledProcessError."""
    started = time.perf_counter()
    with start() as process:
        try:
            with _Sampler(process.pid if samples_memory else None) as sampler:
                output, errors = process.communicate()
                wall = time.perf_counter() - started
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, f"{output}{errors or ''}")
    return Run(wall_seconds=wall, peak_mib=sampler.peak_mib), output


def own_words(command: Command) -> dict[str, float]:
    """Run a program that measures itself, and return the JSON object of its last line."""
    _, output = watch(command.start)
    return json.loads(output.splitlines()[-1])


class _Sampler:
    """Looks at a process and its descendants while they run."""

    def __init__(self, pid: int | None) -> None:
        self._root = psutil.Process(pid) if pid is not None else None
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak_mib(self) -> float | None:
        return self._peak / MEBIBYTE if self._root else None

    def __enter__(self) -> Self:
        if self._root:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._root:
            self._thread.join()

    def _sample(self) -> None:
        while self._root and not self._ended.is_set():
            self._peak = max(self._peak, _resident(self._root))
            self._ended.wait(SAMPLE_SECONDS)


def _resident(root: psutil.Process) -> int:
    """Return the bytes that the process and its descendants hold now."""
    total = 0
    try:
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        return total
    return total
