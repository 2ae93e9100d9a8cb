"""A restored database that is not what was backed up is told apart, whatever differs."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from containers.backup import checksum
from containers.backup.compare import Before, differences, held
from lambdas.common.errors import ServerUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from tests.integration.backup.restore.conftest import Ground
    from tests.plugins.servers import Database

_DEADLINE_SECONDS = 60
_WAITING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock' "
    "AND query LIKE '%%hollow%%'"
)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM bookings", "rows: public.bookings has 0 rows; the backup has 1"),
        ("UPDATE self SET parent = 1", "rows: public.self has 2 rows as the backup, and not the same ones"),
        ("DROP INDEX events_thing CASCADE", "indexes: public.events_thing is missing; the backup has "),
        ("ALTER TABLE hens OWNER TO restore_reader", "owners: relation public.hens is restore_reader; "),
        (
            "REVOKE SELECT ON guarded FROM restore_reader",
            "grants: relation public.guarded to restore_reader ",
        ),
        ("DROP EXTENSION pgcrypto", "extensions: pgcrypto is missing"),
        ("ALTER TABLE hens DROP CONSTRAINT hen_of", "constraints: hen_of on public.hens is missing"),
        ("SELECT setval('alone', 25)", "sequences: public.alone stands at 25; the backup before 15"),
        ("SELECT lo_unlink(700001)", "large objects: there are 1; the backup has 2"),
        (
            "SELECT lo_put(700001, 0, 'x')",
            "large objects: there are 2 as in the backup, and not the same ones",
        ),
        ("CREATE TABLE extra (id int)", "columns: public.extra.id is there and not in the backup: integer"),
        ("DROP TABLE hollow", "rows: public.hollow cannot be read: relation "),
        ("DROP POLICY own_rows ON guarded", "policies: own_rows on public.guarded is missing"),
        ("REFRESH MATERIALIZED VIEW not_yet", "views: public.not_yet is "),
        ("ALTER TYPE mood ADD VALUE 'new'", "types: public.mood is ENUM"),
        (
            "ALTER POLICY unsettled_rows ON unsettled USING (state IN ('a', 'c') AND a BETWEEN 1 AND 5)",
            "policies: unsettled_rows on public.unsettled is ",
        ),
        (
            "ALTER TABLE unsettled DROP CONSTRAINT mid, ADD CONSTRAINT mid CHECK (a < 6 AND a > 0 OR b > 0)",
            "constraints: mid on public.unsettled is ",
        ),
    ],
)
def test_each_difference_is_named(ground: Ground, change: str, told: str) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.server.admin_connection(database.name) as connection:
        connection.execute(change.encode())
        found = differences(ground.manifest, connection, streams=2)
    assert [line for line in found if line.startswith(told)], found


def test_rows_that_a_policy_hides_from_the_login_are_not_judged(ground: Ground) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.connect() as connection:
        connection.execute("ALTER TABLE guarded FORCE ROW LEVEL SECURITY")
        found = differences(ground.manifest, connection, streams=2)
    lines = [line for line in found if "guarded" in line]
    assert any(line.startswith("rows: public.guarded cannot be judged by this login: ") for line in lines), (
        found
    )
    assert not any(" rows; the backup has " in line for line in lines)


def test_beside_what_was_there_before_only_the_backup_is_judged(ground: Ground) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS id")
        connection.execute("SELECT lo_from_bytea(1, 'of somebody')")
        before = held(connection)
        ground.restore(database, allow_non_empty=True)
        everything = differences(ground.manifest, connection, streams=2)
        assert "large objects: there are 3; the backup has 2" in everything
        assert any(line.startswith("columns: public.mine.id is there") for line in everything)
        assert differences(ground.manifest, connection, streams=2, before=before) == []
        connection.execute("SELECT lo_put(700001, 0, 'x')")
        connection.execute("UPDATE public.self SET parent = 1")
        assert differences(ground.manifest, connection, streams=2, before=before) == [
            "large objects: there are 2 as in the backup, and not the same ones",
            "rows: public.self has 2 rows as the backup, and not the same ones",
        ]


def test_large_objects_that_were_there_and_are_unreadable_leave_nothing_proved(ground: Ground) -> None:
    database = ground.new_database()
    with database.server.admin_connection(database.name) as connection:
        connection.execute("SELECT lo_from_bytea(1, 'of the superuser')")
    with database.connect() as connection:
        before = held(connection)
        ground.restore(database, allow_non_empty=True)
        (line,) = differences(ground.manifest, connection, streams=2, before=before)
    assert line.startswith("large objects: they cannot be judged")


def when_a_count_waits(
    database: Database, then: Callable[[psycopg.Connection, int], None]
) -> threading.Thread:
    """Do `then` as soon as a session waits for a lock on public.hollow."""

    def watch() -> None:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        with database.server.admin_connection() as connection:
            while time.monotonic() < deadline:
                for (pid,) in connection.execute(_WAITING, (database.name,)).fetchall():
                    then(connection, pid)
                    return
                time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.fixture
def locked(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return a restored database in which a count of public.hollow waits, in the end for ever."""
    monkeypatch.setitem(checksum.PINNED, "lock_timeout", "0")
    database = ground.new_database()
    ground.restore(database)
    # A table whose facts are read without a lock on it.
    with closing(database.connect()) as holder, holder.transaction():
        holder.execute("LOCK TABLE hollow IN ACCESS EXCLUSIVE MODE")
        yield database


def test_an_interruption_ends_the_counts_that_run(ground: Ground, locked: Database) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def ring(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with locked.connect() as connection:
            thread = when_a_count_waits(locked, ring)
            with pytest.raises(KeyboardInterrupt):
                differences(ground.manifest, connection, streams=2)
            thread.join()
            # The lock is held still: no count has ended by itself.
            assert connection.execute(_WAITING, (locked.name,)).fetchall() == []
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_server_that_goes_away_is_no_difference(ground: Ground, locked: Database) -> None:
    def end(connection: psycopg.Connection, pid: int) -> None:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))

    with locked.connect() as connection:
        thread = when_a_count_waits(locked, end)
        with pytest.raises(ServerUnreachable, match="was lost while it was compared"):
            differences(ground.manifest, connection, streams=2)
        thread.join()


def test_a_session_that_is_gone_is_one_message(ground: Ground) -> None:
    with closing(ground.source.connect()) as connection:
        pid = connection.info.backend_pid
        with ground.source.server.admin_connection() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(ServerUnreachable, match="was lost while it was compared"):
            differences(ground.manifest, connection, streams=2, before=Before())
