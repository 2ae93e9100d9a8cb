"""One session that the server ends, whichever it is, makes the backup fail as a lost server does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from containers.backup import checksum
from containers.backup.errors import SourceLost, StoreUnreachable
from tests.integration.backup.take.watched_store import once

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

WAIT_SECONDS = 60.0
SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, body text);
INSERT INTO items SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, 30000) n;
CREATE TABLE small (id int);
"""
SLOW = sql.SQL(
    "SELECT 1, '1' FROM (SELECT pg_catalog.pg_sleep(600)) AS slept "
    "WHERE EXISTS (SELECT FROM ONLY {table} WHERE {where}) OR true"
)
"""Measures until it is ended."""

MINE = "FROM pg_stat_activity WHERE usename = 'backup' AND datname = current_database()"
HOLDER = f"SELECT pid {MINE} ORDER BY backend_start LIMIT 1"
COPY = f"SELECT pid {MINE} AND query LIKE 'COPY %items%' AND state = 'active'"
DUMP = f"SELECT pid {MINE} AND query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'"
MEASURE = f"SELECT pid {MINE} AND query LIKE '%pg_sleep(600)%' AND state = 'active'"


def end(taking: Taking, which: str) -> None:
    """End the sessions that a query tells, as soon as there are some."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (pids := taking.tier.column(which)):
        assert time.monotonic() < deadline
    with taking.tier.admin() as admin:
        for pid in pids:
            admin.execute("SELECT pg_terminate_backend(%s, 30000)", [int(pid)])


@pytest.mark.parametrize(
    ("which", "step", "key"),
    [
        (HOLDER, "begin", "schema"),
        (HOLDER, "block", "data"),
        (HOLDER, "stored", "last"),
        (COPY, "block", "data/000001"),
    ],
)
def test_a_session_that_is_ended_leaves_no_backup(taking: Taking, which: str, step: str, key: str) -> None:
    taking.run(SCHEMA)
    taking.streams = 1
    if which == COPY:
        # In one part: what psql has not yet been given must be more than fits its pipes.
        taking.chunk_mib = 1024
        taking.run(
            "INSERT INTO items SELECT n, repeat(md5(n::text), 40) FROM generate_series(30001, 60000) n"
        )
    first = taking.take()
    if key == "last":
        key = f"data/{len(first.objects) - 1:06d}"
    taking.store.during = once(lambda: end(taking, which), at=step, of=key)
    with pytest.raises(SourceLost):
        taking.take()
    assert taking.sessions() == []
    taking.take()
    assert len(taking.store.backups()) == 2


def test_a_pg_dump_whose_session_is_ended_leaves_no_backup(taking: Taking) -> None:
    taking.run(SCHEMA)

    def alter() -> None:
        with taking.tier.connect("migrator") as migration:
            migration.execute("SET lock_timeout = 0")
            migration.execute("ALTER TABLE small ADD COLUMN more int")

    def await_pg_dump() -> None:
        end(taking, DUMP)

    altering = threading.Thread(target=alter)
    ending = threading.Thread(target=await_pg_dump)

    def begin() -> None:
        altering.start()
        waiting = "SELECT pid FROM pg_stat_activity WHERE usename = 'migrator' AND wait_event_type = 'Lock'"
        deadline = time.monotonic() + WAIT_SECONDS
        while not taking.tier.column(waiting):
            assert time.monotonic() < deadline
        ending.start()

    taking.streams = 1
    taking.store.during = once(begin, at="begin", of="schema")
    with pytest.raises(SourceLost):
        taking.take()
    altering.join()
    ending.join()
    assert taking.store.backups() == []
    assert taking.sessions() == []


def test_a_session_that_measures_and_is_ended_leaves_no_backup(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking.run(SCHEMA)
    monkeypatch.setattr(checksum, "_TABLE", SLOW)
    taking.store.during = once(lambda: end(taking, MEASURE), at="begin", of="schema")
    with pytest.raises(SourceLost):
        taking.take()
    assert taking.store.backups() == []
    assert taking.sessions() == []


def test_what_is_still_measured_is_given_up_when_the_store_fails(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking.run(SCHEMA)
    monkeypatch.setattr(checksum, "_TABLE", SLOW)

    def fail() -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not taking.tier.column(MEASURE):
            assert time.monotonic() < deadline
        raise StoreUnreachable("the bucket is gone")

    taking.store.during = once(fail, at="stored", of="schema")
    with pytest.raises(StoreUnreachable):
        taking.take()
    assert taking.sessions() == []
