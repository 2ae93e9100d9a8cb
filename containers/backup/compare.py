"""Compares a restored database with what was true in the backup's snapshot. It reads, and changes nothing."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup import catalog, checksum
from containers.backup.differing import differing
from containers.backup.manifest import Manifest, Sequence, Table
from lambdas.common.connections import open_session, server_says


def differences(manifest: Manifest, connection: Connection[TupleRow], *, streams: int) -> list[str]:
    """Return every difference, a line each; none if the database is what was backed up.

    Each table is counted and hashed whole, `streams` at once by sessions of their own with the login of
    `connection`, which is pinned from now on. A manifest without facts is of some tables only: of everything
    else nothing is said then.

    Raises ConnectionFailed.
    """
    checksum.pin(connection)
    found = [] if not manifest.facts else differing(manifest.facts, catalog.observe(connection))
    found += _sequences(manifest.sequences, connection)
    if manifest.facts or manifest.large_objects:
        found += _large_objects(manifest, connection)
    return found + _Tables(connection, manifest.tables).differences(streams=streams)


class _Tables:
    """Tables being measured."""

    def __init__(self, connection: Connection[TupleRow], tables: Iterable[Table]) -> None:
        self._tables = sorted(tables, key=lambda table: table.copy_bytes, reverse=True)
        info = connection.info
        # The password is none of what libpq tells as parameters.
        self._login: dict[str, str | int] = {**info.get_parameters(), "password": info.password}
        self._where = f"database {info.dbname}"
        self._own = threading.local()
        self._sessions: list[Connection[TupleRow]] = []

    def differences(self, *, streams: int) -> list[str]:
        try:
            with ThreadPoolExecutor(streams, thread_name_prefix="compare") as threads:
                return [line for line in threads.map(self._one, self._tables) if line]
        finally:
            for session in self._sessions:
                session.close()

    def _one(self, table: Table) -> str:
        try:
            rows, content = checksum.measure_table(self._session(), table.schema, table.name)
        except psycopg.Error as error:
            return f"rows: {table.identity} cannot be read: {server_says(error)}"
        if rows != table.rows:
            return f"rows: {table.identity} has {rows} rows; the backup has {table.rows}"
        if content != table.checksum:
            return f"rows: {table.identity} has {rows} rows as the backup, and not the same ones"
        return ""

    def _session(self) -> Connection[TupleRow]:
        session: Connection[TupleRow] | None = getattr(self._own, "session", None)
        if session is None:
            session = open_session(self._login, where=self._where)
            self._sessions.append(session)
            checksum.pin(session)
            self._own.session = session
        return session


def _sequences(expected: Iterable[Sequence], connection: Connection[TupleRow]) -> list[str]:
    found = {(one.schema, one.name): one for one in catalog.sequences(connection)}
    lines: list[str] = []
    for one in expected:
        there = found.get((one.schema, one.name))
        if there is None:
            lines.append(f"sequences: {one.schema}.{one.name} is missing")
        elif there != one:
            lines.append(
                f"sequences: {one.schema}.{one.name} stands {_stand(there)}; the backup {_stand(one)}"
            )
    return lines


def _stand(sequence: Sequence) -> str:
    return f"{'at' if sequence.is_called else 'before'} {sequence.last_value}"


def _large_objects(manifest: Manifest, connection: Connection[TupleRow]) -> list[str]:
    large = manifest.large_objects
    expected = (large.count, large.checksum) if large else (0, "0")
    try:
        found = checksum.measure_large_objects(connection)
    except psycopg.Error as error:
        return [f"large objects: they cannot be read: {server_says(error)}"]
    if found[0] != expected[0]:
        return [f"large objects: there are {found[0]}; the backup has {expected[0]}"]
    if found != expected:
        return [f"large objects: there are {found[0]} as in the backup, and not the same ones"]
    return []
