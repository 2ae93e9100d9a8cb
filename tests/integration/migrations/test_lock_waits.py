"""A migration that waits for a lock never makes the application wait behind it, and lets a dump through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import MigrationFailed
from lambdas.bootstrap.migrations.policy import Policy
from tests.integration.migrations.gates import (
    PATIENCE_SECONDS,
    WAITING_FOR_A_LOCK,
    held_open,
    wait_for,
    wait_until,
)
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    import psycopg

    from tests.integration.bootstrap.tier import Tier

COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0"


@pytest.fixture
def table(place: Tier) -> Tier:
    """Return a database with the table `a`."""
    place.write({"1_table": "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);"})
    apply(place)
    return place


def test_a_waiting_alter_lets_readers_pass_and_succeeds_when_the_table_is_free(table: Tier) -> None:
    table.write({"2_alter": "ALTER TABLE a ADD COLUMN b int;"})
    impatient = Policy(lock_timeout_seconds=0.2, lock_attempts=1000)
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        held_open(table, "SELECT * FROM a") as holder,
        table.connect("app") as reader,
    ):
        running = beside.submit(apply, table, policy=impatient)
        for _ in range(3):
            wait_for(table, WAITING_FOR_A_LOCK, "1")
            # Behind an ALTER that waits on and on this would end only with the holder's transaction, which is
            # ended below: the query's own limit would break it first.
            reader.execute("SET statement_timeout = '30s'")
            assert reader.execute("SELECT id FROM a").fetchall() == [(1,)]
        assert not running.done()
        holder.execute("COMMIT")
        assert running.result(PATIENCE_SECONDS).applied == 1
    assert table.column(COLUMNS) == ["id", "b"]
    assert table.column("SELECT count(*) FROM _prisma_migrations") == ["2"]


def test_a_table_that_is_never_free_fails_the_run_and_leaves_nothing(table: Tier) -> None:
    table.write({"2_alter": "CREATE TABLE c (id int);\nALTER TABLE a ADD COLUMN b int;"})
    refusal = pytest.raises(MigrationFailed, match=r"2_alter/migration\.sql:2:\d+: .*\(55P03\)")
    with held_open(table, "SELECT * FROM a"), refusal:
        apply(table, policy=Policy(lock_timeout_seconds=0.1, lock_attempts=2))
    assert table.column(COLUMNS) == ["id"]
    assert table.column("SELECT to_regclass('c') IS NULL") == ["True"]
    assert apply(table).applied == 1


def test_a_vacuum_that_waits_gives_way_too_and_tries_again(table: Tier) -> None:
    table.write({"2_vacuum": "VACUUM FULL a;"})
    impatient = Policy(lock_timeout_seconds=0.2, lock_attempts=1000)
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(table, "SELECT * FROM a") as holder:
        running = beside.submit(apply, table, policy=impatient)
        wait_until(lambda: "trying again" in table.log.text, "the lock was waited for and on")
        holder.execute("COMMIT")
        assert running.result(PATIENCE_SECONDS).applied == 1


def test_a_running_dump_is_waited_for(table: Tier) -> None:
    table.write({"2_more": "CREATE TABLE c (id int);"})
    with ThreadPoolExecutor(max_workers=1) as beside, dump(table) as session:
        running = beside.submit(apply, table, policy=Policy(dump_wait_seconds=PATIENCE_SECONDS))
        wait_until(lambda: "dump" in table.log.text, "nothing was said of the dump")
        assert table.applied() == ["1_table"]
        session.execute("COMMIT")
        session.close()
        assert running.result(PATIENCE_SECONDS).applied == 1


def test_a_dump_that_takes_too_long_is_warned_about_and_the_run_goes_on(table: Tier) -> None:
    table.write({"2_more": "CREATE TABLE c (id int);"})
    with dump(table):
        assert apply(table, policy=Policy(dump_wait_seconds=0.2)).applied == 1
    assert any(line.startswith("WARNING") and "dump" in line for line in table.log.lines)


def test_a_run_with_nothing_to_do_waits_for_no_dump(table: Tier) -> None:
    with dump(table):
        assert apply(table).applied == 0
    assert "dump" not in table.log.text


def dump(tier: Tier) -> psycopg.Connection:
    """Hold what pg_dump holds from its beginning to its end."""
    session = tier.database.connect("backup", tier.passwords["backup"], application_name="pg_dump")
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    session.execute("LOCK TABLE a IN ACCESS SHARE MODE")
    return session
