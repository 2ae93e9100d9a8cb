"""The advisory lock that Prisma Migrate takes, held by whoever changes a history's records.

It belongs to a session: closing the connection gives it back too. Nothing here waits inside the server.
"""

import time
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.errors import LockNotObtained
from lambdas.common.locks import PRISMA_MIGRATE_LOCK

_POLL_SECONDS: Final = 0.1

LOCK_IS_HELD: Final = sql.SQL(
    "EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() "
    "AND locktype = 'advisory' AND granted AND classid = 0 AND objid = {} AND objsubid = 1)"
).format(sql.Literal(PRISMA_MIGRATE_LOCK))
"""Whether the session that asks holds Prisma's lock, as a condition."""


def hold_migration_lock(connection: Connection[TupleRow], *, seconds: float) -> None:
    """Take Prisma's lock. Raises LockNotObtained as `hold_lock`."""
    hold_lock(connection, PRISMA_MIGRATE_LOCK, seconds=seconds)


def hold_lock(connection: Connection[TupleRow], number: int, *, seconds: float) -> None:
    """Take an advisory lock, asking again until `seconds` have passed.

    It asks and does not wait in pg_advisory_lock: whoever waits there holds a snapshot, and CONCURRENTLY
    builds wait for it.

    Raises:
        LockNotObtained: somebody else had it all the time.
    """
    deadline = time.monotonic() + seconds
    while True:
        taken = connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", [number]).fetchall()
        if taken[0][0] is True:
            return
        if time.monotonic() >= deadline:
            raise LockNotObtained(
                f"P1002: another migration run has held the lock {number} for "
                f"{seconds:g} seconds. Try again when it has ended.",
            )
        time.sleep(_POLL_SECONDS)


def holds_migration_lock(connection: Connection[TupleRow]) -> bool:
    """Whether the session has the lock still, whatever a script did with the session's locks."""
    ((held,),) = connection.execute(sql.SQL("SELECT {}").format(LOCK_IS_HELD)).fetchall()
    return held is True


def release_migration_lock(connection: Connection[TupleRow]) -> None:
    """Give the lock back once; a session that took it twice still has it."""
    connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", [PRISMA_MIGRATE_LOCK])
