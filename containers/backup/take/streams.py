"""What leaves PostgreSQL as a stream: rows as COPY writes them and pg_dump's archives, compressed on the way.

A row of a large table never becomes a Python object: psql copies and zstandard compresses, both outside
Python's lock. Nothing is held but a block of each stream, and nothing touches a disk.
"""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import zstandard
from psycopg import sql
from psycopg.conninfo import make_conninfo

from containers.backup.catalog import Found
from containers.backup.checksum import options
from containers.backup.chunks import Blocks, predicate
from containers.backup.programs import ALIVE, Libpq, Programs
from containers.backup.take.sessions import Sessions
from containers.backup.take.snapshot import BEGIN
from containers.backup.take.told import told

LEVEL: Final = 1
"""Of zstd: on two cores the compressor must keep up with COPY; the levels above store little less."""

SMALL_BYTES: Final = 1024 * 1024
"""A table up to this size is copied by a session that is there: starting psql would take longer."""

_BLOCK_BYTES: Final = 256 * 1024
_LOCK_MILLISECONDS: Final = 10_000
_ALIVE: Final = make_conninfo("", **ALIVE)

Count = Callable[[int], None]
"""Hears how many bytes more were read, before compression."""


@dataclass(frozen=True, kw_only=True)
class Streams:
    """Streams of one server within one snapshot."""

    programs: Programs
    login: Libpq
    snapshot: str
    encoding: str
    sessions: Sessions

    def rows(self, table: Found, blocks: Blocks | None, *, count: Count) -> Generator[bytes]:
        """Yield a table's rows, or those of a part of it. Raises ProgramFailed, SourceError."""
        copy = copy_statement(table, blocks)
        if table.table_bytes <= SMALL_BYTES:
            return _compressed(self._by_session(copy), count)
        within = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(self.snapshot))
        arguments = [
            "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", f"--dbname={_ALIVE}",
            f"--command={BEGIN}", f"--command={within.as_string()}", f"--command={copy.as_string()}",
        ]  # fmt: skip
        return _compressed(self._by_program("psql", arguments), count)

    def schema(self, *, count: Count) -> Generator[bytes]:
        """Yield pg_dump's archive of everything but rows. Raises as `rows`."""
        return self._dump(["--schema-only", "--no-publications", "--no-subscriptions"], count)

    def large_objects(self, *, count: Count) -> Generator[bytes]:
        """Yield pg_dump's archive of the large objects' contents. Raises as `rows`."""
        return self._dump(["--data-only", "--blobs", "--exclude-table=*.*"], count)

    def _dump(self, arguments: Sequence[str], count: Count) -> Generator[bytes]:
        fixed = [
            "--format=custom", "--compress=0", "--no-password", f"--snapshot={self.snapshot}",
            f"--lock-wait-timeout={_LOCK_MILLISECONDS}", f"--dbname={_ALIVE}",
        ]  # fmt: skip
        return _compressed(self._by_program("pg_dump", [*fixed, *arguments]), count)

    def _by_session(self, copy: sql.Composed) -> Generator[bytes]:
        session = self.sessions.mine()
        with told(), session.cursor() as cursor, cursor.copy(copy) as rows:
            for row in rows:
                yield bytes(row)

    def _by_program(self, program: str, arguments: Sequence[str]) -> Generator[bytes]:
        login = {**self.login, "client_encoding": self.encoding, "options": options()}
        with self.programs.run(program, arguments, login, stdout=True) as running:
            source = running.stdout.fileno()
            while block := os.read(source, _BLOCK_BYTES):
                yield block
            running.finish()


def copy_statement(table: Found, blocks: Blocks | None) -> sql.Composed:
    """Return the COPY of a table, which never reads its children, or of a part of it."""
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
    name = sql.Identifier(table.schema, table.name)
    if blocks is None and table.columns:
        return sql.SQL("COPY {} ({}) TO STDOUT").format(name, columns)
    return sql.SQL("COPY (SELECT {} FROM ONLY {} WHERE {}) TO STDOUT").format(
        columns, name, predicate(blocks)
    )


def _compressed(blocks: Generator[bytes], count: Count) -> Generator[bytes]:
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
    with closing(blocks):
        for block in blocks:
            count(len(block))
            if packed := compressor.compress(block):
                yield packed
    yield compressor.flush()
