"""Points where a script waits until a test lets it go on, and the waiting of tests themselves."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, LiteralString

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.integration.bootstrap.tier import Tier

PATIENCE_SECONDS = 60
GATE = "SELECT pg_advisory_lock_shared(4711), pg_advisory_unlock_shared(4711)"
"""A statement that waits while the test holds `closed_gate`."""

_AT_THE_GATE = (
    "FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
AT_THE_GATE = f"SELECT count(*) {_AT_THE_GATE}"
WAITING_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'datatier bootstrap' AND wait_event_type = 'Lock'"
)

FREEING = (
    "SELECT pg_advisory_unlock_all();",
    "DISCARD ALL;",
    "DO $$ BEGIN EXECUTE 'SELECT pg_advisory_' || 'unlock_all()'; END $$;",
)
"""Scripts that give the session's locks back, Prisma's among them; of the last the text does not tell."""


@contextmanager
def closed_gate(tier: Tier) -> Generator[psycopg.Connection]:
    """Hold scripts back at their GATE; the end of the block opens it."""
    connection = tier.admin()
    connection.execute("SELECT pg_advisory_lock(4711)")
    try:
        yield connection
    finally:
        with suppress(psycopg.OperationalError):  # the test has ended the server
            connection.close()


def wait_at_gate(tier: Tier, *, scripts: int = 1) -> None:
    """Return when so many scripts wait at the gate."""
    wait_for(tier, AT_THE_GATE, str(scripts))


def cut(tier: Tier) -> None:
    """End the sessions that wait at the gate, and see them gone."""
    tier.column(f"SELECT pg_terminate_backend(pid) {_AT_THE_GATE}")
    wait_at_gate(tier, scripts=0)


def wait_for(tier: Tier, query: str, expected: str) -> None:
    """Return when the query's only row is `expected`."""
    wait_until(lambda: tier.column(query) == [expected], f"{query} never gave {expected}")


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    """Return when the condition holds; fail with the complaint when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)


@contextmanager
def held_open(tier: Tier, statement: LiteralString) -> Generator[psycopg.Connection]:
    """A session of the application in an open transaction; the server ends one that a test forgets."""
    with tier.connect("app") as session:
        session.execute(f"SET idle_in_transaction_session_timeout = '{PATIENCE_SECONDS}s'".encode())
        session.execute("BEGIN")
        session.execute(statement)
        yield session
