"""A restore that is killed leaves a sign by which the next one says how to go on."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from containers.backup.compare import differences
from containers.backup.errors import RestoreError, TargetRefused
from containers.backup.restore.unfinished import SCHEMA

if TYPE_CHECKING:
    from tests.integration.backup.restore.conftest import Ground
    from tests.integration.backup.restore.shelf import Shelf
    from tests.plugins.servers import Database

STEPS = (
    "Restoring the schema",
    "Restoring rows",
    "Restoring large objects",
    "Building indexes and constraints",
    "Computing materialized views",
    "Gathering statistics",
)


class Killed(BaseException):
    """Nobody handles it, as nobody handles SIGKILL: the sessions are gone and nothing is put in order."""


def same(ground: Ground, database: Database) -> bool:
    with database.server.admin_connection(database.name) as connection:
        return differences(ground.manifest, connection, streams=2) == []


def do(database: Database, statements: str) -> None:
    """Carry out what a message told, from another database of the server where it must be."""
    with database.connect(dbname="postgres" if "DATABASE" in statements else database.name) as connection:
        for statement in statements.rstrip("; ").split("; "):
            connection.execute(statement.encode())


def killed(
    ground: Ground,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    allow_non_empty: bool = False,
) -> None:
    """Have a restore killed in a step."""

    class Deadly(list[object]):
        def append(self, told: object) -> None:
            if getattr(told, "message", "") == step:
                raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ground, "told", Deadly())
        with pytest.raises(Killed):
            ground.restore(database, allow_non_empty=allow_non_empty)


@pytest.mark.parametrize("step", STEPS)
def test_a_second_run_after_a_kill_says_how_to_go_on_and_then_succeeds(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    database = ground.new_database()
    killed(ground, database, monkeypatch, step)
    with pytest.raises(TargetRefused, match=f"a restore of {ground.backup} into .* has not ended") as refused:
        ground.restore(database)
    # Nor does allowing a database that holds something allow half a restore.
    with pytest.raises(TargetRefused, match="has not ended"):
        ground.restore(database, allow_non_empty=True)
    told = re.search(r"DROP DATABASE .*", str(refused.value))
    assert told is not None
    do(database, told[0])
    ground.restore(database)
    assert same(ground, database)


def test_nobody_is_told_to_drop_a_database_that_held_something(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute("CREATE TABLE precious (id int)")
    killed(ground, database, monkeypatch, "Restoring the schema", allow_non_empty=True)
    with pytest.raises(TargetRefused, match="beside what was there before") as refused:
        ground.restore(database, allow_non_empty=True)
    assert "DROP DATABASE" not in str(refused.value)
    do(database, str(refused.value).rpartition(": ")[2])
    ground.restore(database, allow_non_empty=True)


def test_a_restore_that_ended_leaves_no_sign(ground: Ground) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.connect() as connection:
        assert connection.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchall() == [(None,)]
    with pytest.raises(TargetRefused, match="is not empty"):
        ground.restore(database)


def test_two_restores_into_one_database_do_not_mix(ground: Ground, shelf: Shelf) -> None:
    database = ground.new_database()
    refusals: list[str] = []

    def meanwhile(key: str) -> None:
        if key.startswith("data/") and not refusals:
            shelf.during = lambda _: None
            with pytest.raises(TargetRefused) as refused:
                ground.restore(database)
            refusals.append(str(refused.value))

    shelf.during = meanwhile
    ground.restore(database)
    assert ["another restore into" in said for said in refusals] == [True]
    assert same(ground, database)


@pytest.mark.parametrize("at", ["data/000001.copy.zst", "large-objects.dump.zst"])
def test_sessions_that_are_cut_in_the_middle_fail_the_restore_in_words(
    ground: Ground, shelf: Shelf, at: str
) -> None:
    database = ground.new_database()

    def cut(key: str) -> None:
        if key == at:
            with database.server.admin_connection() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    (database.name,),
                )

    shelf.during = cut
    with pytest.raises(RestoreError, match=r"terminating connection|closed|lost"):
        ground.restore(database)
    shelf.during = lambda _: None
    with pytest.raises(TargetRefused, match="has not ended"):
        ground.restore(database)


def test_sessions_that_wait_for_others_outlive_the_idle_timeout_of_the_database(
    ground: Ground, shelf: Shelf
) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET idle_session_timeout = '200ms'").format(
                sql.Identifier(database.name)
            )
        )

    def linger(key: str) -> None:
        if key.startswith("data/"):
            shelf.during = lambda _: None
            time.sleep(2)

    shelf.during = linger
    ground.restore(database)
    assert same(ground, database)


def test_a_restore_of_some_tables_that_was_killed_is_cleared_by_what_is_told(
    ground: Ground, shelf: Shelf
) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.connect() as connection:
        connection.execute("DROP TABLE bookings, self")

    def kill(_: str) -> None:
        raise Killed

    names = ("public.bookings", "public.self")
    shelf.during = lambda key: kill(key) if key.startswith("data/") else None
    with pytest.raises(Killed):
        ground.restore(database, tables=names)
    shelf.during = lambda _: None
    with pytest.raises(TargetRefused, match="its tables may be there in part") as refused:
        ground.restore(database, tables=names)
    told = re.search(r"DROP TABLE .*", str(refused.value))
    assert told is not None
    do(database, told[0])
    ground.restore(database, tables=names)
    assert same(ground, database)
