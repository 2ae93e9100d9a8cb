"""A backup with its checksums against pg_dump, and a restore against pg_restore, of one database in one run.

Both sides use the same disk: the store is a folder, so that no figure holds S3's network. Memory is the
whole process tree's, pg_dump and psql included, at one size of the data and at ten times that.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.bench.backup_run import STREAMS
from tools.bench.measure import MEBIBYTE, Command, Reading, Run, compare
from tools.bench.scratch import MASTER, scratch_server
from tools.servers import binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.bench.measure import Result
    from tools.bench.options import Options
    from tools.bench.scratch import Database, Scratch

ROWS = 2_000_000
FEWER = ROWS // 10
TABLE = """
SET ROLE datatier_owner;
CREATE TABLE public.entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference uuid NOT NULL,
    email text NOT NULL,
    created timestamptz NOT NULL,
    amount numeric(12, 2) NOT NULL,
    note text
);
"""
FILL = """
INSERT INTO public.entries (reference, email, created, amount, note)
SELECT gen_random_uuid(), format('user-%s@example.com', i), now() - i * interval '1 second',
       (i % 100000) / 7.0, md5(i::text) || md5((i * 3)::text)
  FROM generate_series(1, {rows}) AS i;
"""
INDEXES = "CREATE INDEX ON public.entries (email); CREATE INDEX ON public.entries (created); ANALYZE;"


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield the backup's comparison, what is stored, the restore's, and the memory at both sizes."""
    progress("starting a PostgreSQL server")
    with scratch_server({"max_connections": "100"}) as scratch:
        with scratch.database() as database:
            progress(f"filling a table with {FEWER:,} rows")
            _fill(database, FEWER)
            fewer = _peak(database, scratch.folder / "fewer")
        with scratch.database() as database:
            progress(f"filling a table with {ROWS:,} rows")
            _fill(database, ROWS)
            ours = Taken(name="backup", database=database, folder=scratch.folder / "ours", ours=True)
            dump = Taken(name="pg_dump -Fc", database=database, folder=scratch.folder / "dump", ours=False)
            yield compare("backup", ours, dump, runs=options.runs, progress=progress)
            yield Reading(
                name=f"{ROWS:,} rows",
                figures={"stored, MiB": _size(ours.folder), "pg_dump -Fc, MiB": _size(dump.folder)},
            )
            more = _peak(database, scratch.folder / "more")
            directory = scratch.folder / "directory"
            progress("dumping for pg_restore -j")
            _command(database, "pg_dump", ["-Fd", f"-j{STREAMS}", "-f", str(directory)]).run()
        subject = Restored(name="restore", scratch=scratch, source=ours.folder, ours=True)
        baseline = Restored(name=f"pg_restore -j{STREAMS}", scratch=scratch, source=directory, ours=False)
        yield compare("restore", subject, baseline, runs=options.runs, progress=progress)
        yield from (
            Reading(name=f"backup of {rows:,} rows", figures={"peak, MiB": peak})
            for rows, peak in ((FEWER, fewer), (ROWS, more))
        )


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A way to take a backup, always into an empty folder."""

    name: str
    database: Database
    folder: Path
    ours: bool

    def run(self) -> Run:
        """Take one."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if self.ours:
            return _ours("take", self.folder, self.database.variables("backup"), samples_memory=False).run()
        return _command(self.database, "pg_dump", ["-Fc", "-f", str(self.folder / "dump")]).run()


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A way to restore, always into an empty database, whose making is not measured."""

    name: str
    scratch: Scratch = field(repr=False)
    source: Path
    ours: bool

    def run(self) -> Run:
        """Restore once."""
        with self.scratch.empty_database(f"restored_{secrets.token_hex(6)}") as database:
            if self.ours:
                return _ours("restore", self.source, database.variables(MASTER), samples_memory=False).run()
            words = ["-d", database.name, f"-j{STREAMS}", str(self.source)]
            return _command(database, "pg_restore", words, login=MASTER).run()


def _fill(database: Database, rows: int) -> None:
    with database.connect() as connection:
        connection.execute(TABLE.encode())
        connection.execute(FILL.format(rows=rows).encode())
        connection.execute(INDEXES.encode())


def _peak(database: Database, folder: Path) -> float:
    folder.mkdir()
    return _ours("take", folder, database.variables("backup"), samples_memory=True).run().peak_mib or 0.0


def _ours(work: str, folder: Path, variables: dict[str, str], *, samples_memory: bool) -> Command:
    words = [sys.executable, "-m", "tools.bench.backup_run", work, str(folder)]
    return Command(name=work, arguments=words, environment=variables, samples_memory=samples_memory)


def _command(database: Database, program: str, words: list[str], *, login: str = "backup") -> Command:
    return Command(
        name=program,
        arguments=[binaries.postgres().path(program), *words],
        environment=database.variables(login),
        samples_memory=False,
    )


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEBIBYTE
