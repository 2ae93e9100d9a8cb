"""Compares a restored database with what was true in the backup's snapshot. It reads, and changes nothing."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup import catalog, checksum
from containers.backup.differing import differing
from containers.backup.errors import RestoreError
from containers.backup.manifest import LargeObjects, Manifest, Sequence
from containers.backup.measured import Measured, gone, lost
from lambdas.common.connections import server_says


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a database held before the restore: its large objects' number and checksum; None: unreadable."""

    large_objects: tuple[int, str] | None = (0, "0")


def held(connection: Connection[TupleRow]) -> Before:
    """Look at a database before a restore into it; the session is pinned from now on.

    Raises ConnectionFailed, RestoreError.
    """
    with _worded(connection):
        checksum.pin(connection)
        try:
            return Before(large_objects=checksum.measure_large_objects(connection))
        except psycopg.errors.InsufficientPrivilege:
            return Before(large_objects=None)


def differences(
    manifest: Manifest, connection: Connection[TupleRow], *, streams: int, before: Before | None = None
) -> list[str]:
    """Return every difference, a line each; none if the database is what was backed up.

    Each table is counted and hashed whole, `streams` at once by sessions of their own with the login of
    `connection`, which is pinned from now on. With `before` the database was not empty, or only a part is
    restored: what is there and not in the manifest is no difference then. What the login may not see is one.
    A manifest without facts is of rows only: of everything else nothing is said then.

    Raises:
        ConnectionFailed: PostgreSQL is not to be reached, or went away.
        RestoreError: it refuses to tell what is there.
    """
    with _worded(connection):
        checksum.pin(connection)
        found = differing(manifest.facts, catalog.observe(connection), alone=before is None)
        found += _sequences(manifest.sequences, connection)
        if manifest.large_objects or (manifest.facts and before is None):
            found += _large_objects(manifest.large_objects, connection, before or Before())
    return found + Measured(connection, manifest.tables).differences(streams=streams)


@contextmanager
def _worded(connection: Connection[TupleRow]) -> Generator[None]:
    try:
        yield
    except psycopg.Error as error:
        if lost(connection, error):
            raise gone(connection, error) from error
        raise RestoreError(
            f"database {connection.info.dbname} cannot be compared with the backup, for PostgreSQL refuses a "
            f"statement: {server_says(error)}."
        ) from error


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


def _large_objects(large: LargeObjects | None, connection: Connection[TupleRow], before: Before) -> list[str]:
    if before.large_objects is None:
        return ["large objects: they cannot be judged: this login may not read those that were there before"]
    expected = (large.count, int(large.checksum)) if large else (0, 0)
    try:
        count, content = checksum.measure_large_objects(connection)
    except psycopg.Error as error:
        if lost(connection, error):
            raise
        return [f"large objects: they cannot be read: {server_says(error)}"]
    # The checksum is a sum, so what was there before is taken off it.
    there = count - before.large_objects[0], int(content) - int(before.large_objects[1])
    if there[0] != expected[0]:
        return [f"large objects: there are {there[0]}; the backup has {expected[0]}"]
    if there != expected:
        return [f"large objects: there are {there[0]} as in the backup, and not the same ones"]
    return []
