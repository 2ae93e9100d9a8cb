"""CONCURRENTLY builds: nobody is locked out meanwhile, and a half-built index is never left to chance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import BuildGoesOn, MigrationFailed, StillBuilding
from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.resolve import mark_applied, mark_rolled_back
from lambdas.bootstrap.roles.design import OWNER
from lambdas.common.locks import PRISMA_MIGRATE_LOCK
from tests.integration.migrations.gates import PATIENCE_SECONDS, held_open, wait_for, wait_until
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bootstrap.tier import Tier

HELD_UP = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND query LIKE 'CREATE%INDEX CONCURRENTLY%'"
)
INDEXES = (
    "SELECT indexrelid::regclass || ' ' || CASE WHEN indisvalid THEN 'True' ELSE 'False' END "
    "FROM pg_index WHERE indrelid = 'a'::regclass ORDER BY 1"
)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"


@pytest.fixture
def table(place: Tier) -> Tier:
    """Return a database with the table `a`."""
    place.write({"1_table": "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);"})
    apply(place)
    return place


def test_a_build_held_up_by_a_transaction_keeps_nobody_from_prismas_lock(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with ThreadPoolExecutor(max_workers=2) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        first = beside.submit(apply, table)
        wait_for(table, HELD_UP, "1")
        with table.connect("migrator") as prisma:
            taken = f"SELECT pg_try_advisory_lock({PRISMA_MIGRATE_LOCK})"
            assert prisma.execute(taken.encode()).fetchall() == [(True,)]
        second = beside.submit(apply, table)
        with table.connect("app") as other:
            other.execute("INSERT INTO a VALUES (3)")
        assert not first.done()
        writer.execute("COMMIT")
        assert first.result(PATIENCE_SECONDS).applied + second.result(PATIENCE_SECONDS).applied == 1
    assert table.column(VALID) == ["True"]
    assert table.column("SELECT count(*) FROM _prisma_migrations") == ["2"]


def test_a_build_longer_than_the_callers_patience_goes_on_and_the_next_call_records_it(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);", "3_last": "CREATE TABLE b (id int);"})
    with held_open(table, "INSERT INTO a VALUES (2)") as writer:
        building = apply(table, patience_seconds=0.5).building
        assert building is not None
        assert (building.migration, building.index) == ("2_index", "i")
        wait_for(table, HELD_UP, "1")
        again = apply(table, patience_seconds=0.5)
        assert (again.applied, again.building is None) == (0, False)
        wait_for(table, HELD_UP, "1")
        writer.execute("COMMIT")
    result = apply(table)
    assert (result.latest, result.building) == ("3_last", None)
    assert table.applied() == ["1_table", "2_index", "3_last"]
    assert table.column(VALID) == ["True"]
    assert table.column("SELECT count(*) FROM _prisma_migrations") == ["3"]


@pytest.mark.parametrize("existing", ["", "IF NOT EXISTS "], ids=["plain", "if not exists"])
def test_a_failed_unique_build_is_named_and_built_again_once_the_rows_are_mended(
    table: Tier, existing: str
) -> None:
    table.write({"2_unique": f"CREATE UNIQUE INDEX CONCURRENTLY {existing}i ON a (id);"})
    with table.admin() as connection:
        connection.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(MigrationFailed, match=r"\(23505\)") as failure:
        apply(table)
    assert "index i" in str(failure.value).replace('"', "")
    assert table.column(VALID) in (["False"], [])
    with table.admin() as connection:
        connection.execute("DELETE FROM a")
    assert apply(table).applied == 1
    assert table.column(VALID) == ["True"]


def test_an_index_of_that_name_that_somebody_made_is_never_dropped(table: Tier) -> None:
    with table.connect("migrator") as connection:
        connection.execute("CREATE INDEX i ON a (id)")
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with pytest.raises(MigrationFailed, match=r"already exists \(42P07\)"):
        apply(table)
    assert table.column(VALID) == ["True"]


def test_a_build_is_not_ended_by_the_patience_with_locks(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        running = beside.submit(apply, table, policy=Policy(lock_timeout_seconds=0.1, lock_attempts=1))
        wait_for(table, HELD_UP, "1")
        (waiting,) = table.column(HELD_UP.replace("count(*)", "pid"))
        # Long past the timeout it is the same session that waits.
        table.column("SELECT pg_sleep(0.5)")
        assert table.column(HELD_UP.replace("count(*)", "pid")) == [waiting]
        writer.execute("COMMIT")
        assert running.result(PATIENCE_SECONDS).applied == 1


def test_a_look_at_a_build_that_is_ended_does_not_end_the_run(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    looking = (
        "FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%migrator%' "
        "AND query LIKE '%pg_stat_progress_create_index%'"
    )
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        running = beside.submit(apply, table)
        wait_for(table, HELD_UP, "1")  # before that the run's own session has looked
        wait_for(table, f"SELECT count(*) {looking}", "1")
        (ended,) = table.column(f"SELECT pid {looking}")
        table.column(f"SELECT pg_terminate_backend({ended})")
        wait_for(table, f"SELECT count(*) {looking} AND pid <> {ended}", "1")
        writer.execute("COMMIT")
        assert running.result(PATIENCE_SECONDS).applied == 1
    assert table.column(VALID) == ["True"]


def test_an_index_whose_removal_was_cancelled_is_named_for_it_counts_no_more(table: Tier) -> None:
    with table.connect("migrator") as connection:
        connection.execute("CREATE INDEX i ON a (id)")
    table.write({"2_drop": "DROP INDEX CONCURRENTLY i;"})
    waiting = HELD_UP.replace("CREATE%INDEX", "DROP INDEX")
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        running = beside.submit(apply, table)
        wait_for(table, waiting, "1")
        wait_for(table, VALID, "False")
        table.column(waiting.replace("count(*)", "pg_cancel_backend(pid)"))
        with pytest.raises(MigrationFailed, match=r'It left the invalid index "public"\."i"'):
            running.result(PATIENCE_SECONDS)
        writer.execute("COMMIT")
    assert apply(table).applied == 1
    assert table.column(INDEXES) == []


@pytest.fixture
def building(table: Tier) -> Iterator[Tier]:
    """Return a database where an earlier run has left a build to the server; it ends with the test."""
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with held_open(table, "INSERT INTO a VALUES (2)"):
        assert apply(table, patience_seconds=0.2).building is not None
        yield table


def test_nobody_resolves_what_is_being_built(building: Tier) -> None:
    history = read_history(building.migrations)
    with building.connect("migrator") as connection:
        with pytest.raises(StillBuilding, match="2_index did not fail"):
            mark_applied(connection, history=history, name="2_index", owner=OWNER)
        with pytest.raises(StillBuilding, match="2_index did not fail"):
            mark_rolled_back(connection, name="2_index", owner=OWNER)


def test_a_build_whose_row_was_resolved_meanwhile_is_waited_for_before_another_begins(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        assert apply(table, patience_seconds=0.2).building is not None
        table.column(
            "UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL RETURNING 1"
        )
        table.write({"3_other": "CREATE INDEX CONCURRENTLY j ON a (id);"})
        running = beside.submit(apply, table)
        wait_until(lambda: "Building beside" in table.log.text, "the build was not waited for")
        writer.execute("COMMIT")
        assert running.result(PATIENCE_SECONDS).applied == 1
    assert table.column(INDEXES) == ["i True", "j True"]


@pytest.mark.parametrize("ours", ["IF NOT EXISTS i", "j"])
def test_a_build_by_hand_on_the_same_table_is_let_end(table: Tier, ours: str) -> None:
    table.write({"2_index": f"CREATE INDEX CONCURRENTLY {ours} ON a (id);"})

    def by_hand() -> None:
        with table.admin() as connection:
            connection.execute("CREATE INDEX CONCURRENTLY i ON a (id)")

    with ThreadPoolExecutor(max_workers=2) as beside, held_open(table, "INSERT INTO a VALUES (2)") as writer:
        other = beside.submit(by_hand)
        wait_for(table, HELD_UP, "1")
        (built,) = table.column("SELECT 'i'::regclass::oid")
        running = beside.submit(apply, table)
        wait_until(lambda: "Waiting for others" in table.log.text, "the other build was not waited for")
        writer.execute("COMMIT")
        other.result(PATIENCE_SECONDS)
        assert running.result(PATIENCE_SECONDS).applied == 1
    assert table.column("SELECT 'i'::regclass::oid") == [built]
    assert table.column(INDEXES) == (["i True"] if ours.endswith("i") else ["i True", "j True"])


def test_a_call_without_patience_for_a_build_by_hand_begins_nothing(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX CONCURRENTLY j ON a (id);"})
    with table.admin() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE a IN SHARE UPDATE EXCLUSIVE MODE")
        with pytest.raises(BuildGoesOn, match=r"2_index waits for .* nothing was begun"):
            apply(table, patience_seconds=0.2)
    assert apply(table).applied == 1


def test_a_drop_longer_than_the_callers_patience_goes_on_and_the_next_call_records_it(table: Tier) -> None:
    table.write({"2_index": "CREATE INDEX i ON a (id);", "3_drop": "DROP INDEX CONCURRENTLY i;"})
    with held_open(table, "SELECT * FROM a"):
        building = apply(table, patience_seconds=0.2).building
        assert building is not None
        assert building.migration == "3_drop"
    assert apply(table).building is None
    assert table.applied() == ["1_table", "2_index", "3_drop"]
    assert table.column("SELECT to_regclass('i') IS NULL") == ["True"]
