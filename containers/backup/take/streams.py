"""What leaves PostgreSQL as a stream: rows as COPY writes them and pg_dump's archives, compressed on the way.

A row never becomes a Python object: psql copies and zstandard compresses, both outside Python's lock. Nothing
is held but a block of each stream, and nothing touches a disk.
"""

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final

import zstandard
from psycopg import sql

from containers.backup.catalog import Found
from containers.backup.checksum import options
from containers.backup.chunks import Blocks, predicate
from containers.backup.programs import Libpq, Programs

LEVEL: Final = 1
"""Of zstd: on two cores the compressor must keep up with COPY; the levels above store little less."""

_BLOCK_BYTES: Final = 256 * 1024
_ALIVE: Final = "keepalives_idle=30 keepalives_interval=10 keepalives_count=3 tcp_user_timeout=60000"
"""A server that is gone without a word ends the stream within a minute or two."""

Count = Callable[[int], None]
"""Hears how many bytes more were read, before compression."""


@dataclass(frozen=True, kw_only=True)
class Streams:
    """Streams of one server within one snapshot."""

    programs: Programs
    login: Libpq
    snapshot: str
    encoding: str

    def rows(self, table: Found, blocks: Blocks | None, *, count: Count) -> Generator[bytes]:
        """Yield a table's rows, or those of a part of it. Raises ProgramFailed, Conflict, SourceLost."""
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
        copy = sql.SQL("COPY (SELECT {} FROM ONLY {} WHERE {}) TO STDOUT").format(
            columns, sql.Identifier(table.schema, table.name), predicate(blocks)
        )
        within = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(self.snapshot))
        arguments = [
            "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", f"--dbname={_ALIVE}",
            "--command=BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            f"--command={within.as_string()}",
            f"--command={copy.as_string()}",
        ]  # fmt: skip
        yield from self._compressed("psql", arguments, count)

    def schema(self, *, count: Count) -> Generator[bytes]:
        """Yield pg_dump's archive of everything but rows. Raises as `rows`."""
        yield from self._dump(["--schema-only", "--no-publications", "--no-subscriptions"], count)

    def large_objects(self, *, count: Count) -> Generator[bytes]:
        """Yield pg_dump's archive of the large objects' contents. Raises as `rows`."""
        yield from self._dump(["--data-only", "--blobs", "--exclude-table=*.*"], count)

    def _dump(self, arguments: Sequence[str], count: Count) -> Generator[bytes]:
        fixed = [
            "--format=custom", "--compress=0", "--no-password", f"--snapshot={self.snapshot}",
            f"--lock-wait-timeout={_LOCK_MILLISECONDS}", "--enable-row-security", f"--dbname={_ALIVE}",
        ]  # fmt: skip
        yield from self._compressed("pg_dump", [*fixed, *arguments], count)

    def _compressed(self, program: str, arguments: Sequence[str], count: Count) -> Generator[bytes]:
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
        login = {**self.login, "client_encoding": self.encoding, "options": options()}
        with self.programs.run(program, arguments, login, stdout=True) as running:
            source = running.stdout.fileno()
            while block := os.read(source, _BLOCK_BYTES):
                count(len(block))
                if packed := compressor.compress(block):
                    yield packed
            running.finish()
        yield compressor.flush()


_LOCK_MILLISECONDS: Final = 10_000
