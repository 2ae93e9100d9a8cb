"""What applying a history costs: the engine against psql and the Prisma CLI, each on a fresh database.

psql applies the same files in one session. The engine takes part twice: within its process, from its first
look at the folder to its last session's end, as it works inside the Lambda; and as the whole process of
`datatier migrate apply`, its start included. psql and Prisma are always whole processes. Every connection is
verified.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.bench.engine import apply_folder
from tools.bench.histories import write_history
from tools.bench.measure import Command, Contender, Reading, Run, compared, own_words, take_turns, watch
from tools.bench.scratch import Database, Scratch, scratch_server
from tools.prisma.cli import PrismaProject
from tools.servers import binaries
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.bench.measure import Result
    from tools.bench.options import Options

LOGIN = "migrator"
NOTHING_TO_DO_RUNS = 15
PRISMA_RUNS = 2
"""Pairs with Prisma at most: it is the slowest by far, and no bound is set against it."""


@dataclass(frozen=True, kw_only=True)
class OnDatabase:
    """A contender on a database: `database`, or a fresh one each time, made outside the measured time."""

    name: str
    scratch: Scratch
    work: Callable[[Database], Run]
    database: Database | None = None

    def run(self) -> Run:
        """Run once."""
        if self.database:
            return self.work(self.database)
        with self.scratch.database() as database:
            return self.work(database)


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield for each size: the engine against psql and Prisma, and what a run with nothing to do costs."""
    progress("starting a PostgreSQL server")
    with scratch_server() as scratch:
        for size in options.sizes:
            folder = write_history(scratch.folder / f"history-{size}", scripts=size)
            contenders = Contenders(scratch=scratch, folder=folder)
            yield from _applying(size, contenders, options, progress)
            yield from _nothing_to_do(size, contenders, options, progress)


@dataclass(frozen=True, kw_only=True)
class Contenders:
    """Who applies one folder."""

    scratch: Scratch
    folder: Path

    def psql(self) -> Contender:
        """All files in one session of one process, each statement committed by itself."""
        files = [word for path in sorted(self.folder.glob("*/migration.sql")) for word in ("-f", str(path))]
        words = [binaries.postgres().path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *files]

        def work(database: Database) -> Run:
            variables = database.variables(LOGIN)
            return watch(Command(name="psql", arguments=words, environment=variables).start)[0]

        return OnDatabase(name="psql, whole process", scratch=self.scratch, work=work)

    def engine(self) -> Contender:
        """The engine within its process."""

        def work(database: Database) -> Run:
            return Run(wall_seconds=own_words(engine_command(self.folder, database))["seconds"])

        return OnDatabase(name="engine, within its process", scratch=self.scratch, work=work)

    def datatier(self, database: Database | None = None) -> Contender:
        """`datatier migrate apply`."""
        words = [str(Path(sys.executable).parent / "datatier"), "migrate", "apply"]

        def work(database: Database) -> Run:
            command = Command(
                name="datatier migrate apply",
                arguments=[*words, "--migrations", str(self.folder)],
                environment=os.environ | {"DATABASE_URL": database.url(LOGIN)},
            )
            return watch(command.start)[0]

        return OnDatabase(
            name="datatier migrate apply, whole process", scratch=self.scratch, work=work, database=database
        )

    def prisma(self, database: Database | None = None) -> Contender:
        """`prisma migrate deploy`, with the engine that stands in for its native one."""

        def work(database: Database) -> Run:
            with tempfile.TemporaryDirectory() as folder:
                project = PrismaProject(folder=Path(folder), migrations=self.folder, url=database.url(LOGIN))
                return watch(lambda: project.start("migrate", "deploy"))[0]

        return OnDatabase(
            name="prisma migrate deploy, whole process", scratch=self.scratch, work=work, database=database
        )


def engine_command(folder: Path, database: Database) -> Command:
    """Return the engine in a process of its own, which measures itself."""
    return Command(
        name="engine",
        arguments=[sys.executable, "-m", "tools.bench.engine", str(folder)],
        environment={**database.variables(LOGIN), "PYTHONPATH": str(repository_root())},
    )


def _applying(
    size: int, contenders: Contenders, options: Options, progress: Callable[[str], None]
) -> Iterator[Result]:
    psql, engine, datatier = contenders.psql(), contenders.engine(), contenders.datatier()
    name = f"{size} migrations"
    rounds = take_turns(name, [psql, engine, datatier], runs=options.runs, progress=progress)
    yield compared(name, engine, psql, rounds)
    yield compared(name, datatier, psql, rounds)
    if options.prisma:
        prisma = contenders.prisma()
        runs = min(options.runs, PRISMA_RUNS)
        yield compared(
            name, datatier, prisma, take_turns(name, [prisma, datatier], runs=runs, progress=progress)
        )


def _nothing_to_do(
    size: int, contenders: Contenders, options: Options, progress: Callable[[str], None]
) -> Iterator[Result]:
    name = f"{size} applied, nothing to do"
    with contenders.scratch.database() as database:
        apply_folder(contenders.folder, database.secret(LOGIN), ca_bundle=database.ca_path)
        progress(name)
        yield Reading(name=name, figures=_handler_figures(contenders.folder, database))
        if options.prisma:
            prisma, datatier = contenders.prisma(database), contenders.datatier(database)
            runs = min(options.runs, PRISMA_RUNS)
            rounds = take_turns(name, [prisma, datatier], runs=runs, progress=progress)
            yield compared(name, datatier, prisma, rounds)


def _handler_figures(folder: Path, database: Database) -> dict[str, float]:
    """Time what the handler does, in turn with the connections that are its floor."""
    timed: dict[str, Callable[[], object]] = {
        "bootstrap(), ms": lambda: database.bootstrap(folder),
        "engine alone, ms": lambda: apply_folder(folder, database.secret(LOGIN), ca_bundle=database.ca_path),
        "one verified connect, ms": lambda: database.connect(LOGIN).close(),
        "two of them, ms": lambda: [database.connect(login).close() for login in ("app", LOGIN)],
    }
    taken: dict[str, list[float]] = {what: [] for what in timed}
    for work in timed.values():
        work()
    for _ in range(NOTHING_TO_DO_RUNS):
        for what, work in timed.items():
            started = time.perf_counter()
            work()
            taken[what].append((time.perf_counter() - started) * 1000)
    return {what: statistics.median(times) for what, times in taken.items()}
