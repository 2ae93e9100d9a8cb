"""Runs a statement CONCURRENTLY: without Prisma's lock, without timeouts, and watched.

A build outlives its client: the server goes on with it, and the lock of this module shows that it does.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.catalog import working_on
from lambdas.bootstrap.migrations.errors import BuildGoesOn
from lambdas.bootstrap.migrations.lock import hold_lock, hold_migration_lock, release_migration_lock
from lambdas.bootstrap.migrations.session import OpenSession, Session
from lambdas.bootstrap.migrations.simple_query import Outcome, SimpleQuery
from lambdas.common.locks import CONCURRENT_BUILD_LOCK
from lambdas.common.logs import Log

_LOOK_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 30.0
_TELL_PERCENT: Final = 10.0

_TIMEOUT_NAMES: Final = (
    "lock_timeout",
    "statement_timeout",
    "client_connection_check_interval",
    "idle_session_timeout",
)
_TIMEOUTS: Final = (
    "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.unnest(%s::pg_catalog.text[]) AS name"
)
_NO_TIMEOUTS: Final = (
    "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.unnest(%s::pg_catalog.text[]) AS name"
)

# Whoever holds the lock, and the progress of what it builds, if it builds an index.
_PROGRESS: Final = """
SELECT p.phase,
       CASE WHEN p.blocks_total > 0 THEN 100.0 * p.blocks_done / p.blocks_total
            WHEN p.tuples_total > 0 THEN 100.0 * p.tuples_done / p.tuples_total END::pg_catalog.float8,
       nullif(p.index_relid, 0)::pg_catalog.regclass::pg_catalog.text
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_progress_create_index AS p ON p.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = %s
"""


@dataclass(frozen=True, kw_only=True)
class Building:
    """A build that goes on in the server: its migration, index and phase, `percent` of that if known."""

    migration: str
    index: str
    phase: str
    percent: float | None

    @property
    def progress(self) -> str:
        """Phase and percent."""
        return self.phase if self.percent is None else f"{self.phase}, {self.percent:.0f} %"

    @property
    def sentence(self) -> str:
        """For people."""
        return f"migration {self.migration} is building {self.index} ({self.progress})"


def build_under_way(connection: Connection[TupleRow], migration: str) -> Building | None:
    """What runs CONCURRENTLY for a migration now; None when nobody holds the lock of it.

    The server shows progress to the login that builds, and to no role that it acts as.
    """
    found = connection.execute(_PROGRESS, [CONCURRENT_BUILD_LOCK]).fetchall()
    if not found:
        return None
    phase, percent, index = found[0]
    return Building(migration=migration, index=index or "an index", phase=phase or "at work", percent=percent)


@dataclass(kw_only=True)
class _Watch:
    """Looks at the build that holds the lock; the log is told what moved, not each look."""

    open_session: OpenSession
    migration: str
    log: Log
    connection: Connection[TupleRow] | None = None
    told: Building | None = None
    told_at: float = 0.0

    def look(self) -> Building | None:
        """What is being built now; None when nobody holds the lock.

        The look's own session may end, as any session may; that is no reason to end the deployment.
        """
        try:
            building = build_under_way(self._opened(), self.migration)
        except psycopg.OperationalError:
            self.close()
            building = build_under_way(self._opened(), self.migration)
        if building is not None:
            self._tell(building)
        return building

    def close(self) -> None:
        """End the session that looks."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _opened(self) -> Connection[TupleRow]:
        if self.connection is None:
            self.connection = self.open_session()
            self.connection.execute("SET ROLE NONE")
        return self.connection

    def _tell(self, now: Building) -> None:
        before = self.told
        moved = before is None or now.phase != before.phase or now.index != before.index
        advanced = (now.percent or 0) - ((before.percent if before else 0) or 0) >= _TELL_PERCENT
        if moved or advanced or time.monotonic() - self.told_at >= _TELL_SECONDS:
            self.told, self.told_at = now, time.monotonic()
            self.log.info(
                "Building beside the application",
                migration=now.migration,
                index=now.index,
                phase=now.phase,
                percent=None if now.percent is None else round(now.percent, 1),
            )


def run_concurrently(
    session: Session, query: bytes, *, migration: str, watchable: bool
) -> Outcome | Building:
    """Run one statement while others may take Prisma's lock; Building when the patience is over first.

    The caller has written down what the statement is: from here on nothing else is lost with this process.

    Raises:
        LockNotObtained: it ran, but Prisma's lock was not to be had again; the next run records it.
    """
    connection = session.connection
    # An abandoned wait leaves an invalid index; a client that is gone is no reason to give a build up.
    before = connection.execute(_TIMEOUTS, [list(_TIMEOUT_NAMES)]).fetchall()
    connection.execute(_NO_TIMEOUTS, [list(_TIMEOUT_NAMES)])
    # Whoever holds Prisma's lock has seen that nothing is being built.
    hold_lock(connection, CONCURRENT_BUILD_LOCK, seconds=session.lock_wait_seconds)
    session.gave_lock_away = True
    release_migration_lock(connection)
    outcome = _watched(session, query, migration=migration, watchable=watchable)
    if isinstance(outcome, Building) or outcome.lost:
        return outcome
    hold_migration_lock(connection, seconds=session.lock_wait_seconds)
    connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", [CONCURRENT_BUILD_LOCK])
    for name, value in before:
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])
    return outcome


def wait_for_table(session: Session, relation: str | None, *, migration: str) -> None:
    """Wait until nobody else is at work on a table: two builds on one table end each other as deadlocks.

    Raises:
        BuildGoesOn: the patience is over first.
    """
    told = False
    while relation is not None and (others := working_on(session.connection, relation)):
        if session.is_late:
            raise BuildGoesOn(
                f"migration {migration} waits for {', '.join(others)}, at work on {relation}; nothing was "
                "begun. Deploy again when that has ended."
            )
        if not told:
            session.log.info("Waiting for others at work on the table", table=relation, others=others)
            told = True
        time.sleep(_LOOK_SECONDS / 4)


def wait_for_build(session: Session, migration: str) -> Building | None:
    """Wait for a build that another session runs; Building when the patience is over first."""
    if build_under_way(session.connection, migration) is None:
        return None
    session.gave_lock_away = True
    release_migration_lock(session.connection)
    with _watch(session, migration) as look:
        while (building := look()) is not None:
            if session.is_late:
                return building
            # So it is not idle, and its end is seen.
            session.connection.execute("SELECT")
            time.sleep(_LOOK_SECONDS / 4)
    hold_migration_lock(session.connection, seconds=session.lock_wait_seconds)
    return None


def _watched(session: Session, query: bytes, *, migration: str, watchable: bool) -> Outcome | Building:
    running = SimpleQuery(session.connection, query)
    outcome = running.wait(_LOOK_SECONDS)
    if outcome is not None:
        return outcome
    with _watch(session, migration) as look:
        while True:
            building = look()
            if building is not None and watchable and session.is_late:
                return building
            outcome = running.wait(_LOOK_SECONDS)
            if outcome is not None:
                return outcome


@contextmanager
def _watch(session: Session, migration: str) -> Generator[Callable[[], Building | None]]:
    """Look, through a session of its own, at the build that holds the lock, and tell when it moves."""
    watch = _Watch(open_session=session.open_session, migration=migration, log=session.log)
    try:
        yield watch.look
    finally:
        watch.close()
