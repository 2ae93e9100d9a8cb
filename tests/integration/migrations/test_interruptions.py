"""A run killed or cut off in the middle of a script, or met by another run: everything is applied once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import FailedEarlier, MigrationInterrupted, RecordChanged
from tests.integration.migrations.gates import (
    AT_THE_GATE,
    FREEING,
    GATE,
    PATIENCE_SECONDS,
    closed_gate,
    cut,
    wait_at_gate,
    wait_until,
)
from tests.integration.migrations.kill_points import killed_runs, order
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.kill_points import Runs

STATES = (
    "SELECT row(migration_name, finished_at IS NOT NULL, rolled_back_at IS NOT NULL)::text "
    "FROM _prisma_migrations ORDER BY started_at"
)


@contextmanager
def killed_at_gate(tier: Tier) -> Generator[None]:
    """Start a run in a process of its own, kill it when its script waits; the orphan waits on."""
    with closed_gate(tier), killed_runs() as runs, ThreadPoolExecutor(max_workers=1) as beside:
        running = beside.submit(runs.run, order(tier, whole=False, number=0, moment="sent"))
        try:
            wait_at_gate(tier)
        finally:
            runs.kill_fork()
        assert running.result(PATIENCE_SECONDS)["killed"]
        yield


@pytest.mark.parametrize("wrap", ["{}", "BEGIN;\n{}\nCOMMIT;\n"], ids=["plain", "wrapped"])
def test_after_a_kill_in_the_middle_of_a_script_the_next_run_finishes(place: Tier, wrap: str) -> None:
    place.write(
        {
            "1_first": "CREATE TABLE a (id int);",
            "2_slow": wrap.format(f"CREATE TABLE b (id int);\n{GATE};\nCREATE TABLE c (id int);\n"),
            "3_last": "ALTER TABLE c ADD COLUMN d int;",
        }
    )
    with killed_at_gate(place):
        pass
    # Whether the server finishes the orphaned script or gives it up is its affair: both must come out right.
    apply(place)
    assert place.applied() == ["1_first", "2_slow", "3_last"]
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'c'::regclass AND attnum > 0"
    assert place.column(columns) == ["id", "d"]
    assert apply(place).applied == 0


def test_a_script_that_the_server_gave_up_after_a_kill_runs_again(place: Tier) -> None:
    place.write({"1_slow": f"CREATE TABLE b (id int);\n{GATE};\n"})
    with killed_at_gate(place):
        cut(place)
        assert place.applied() == []
    assert apply(place).applied == 1
    assert place.column(STATES) == ["(1_slow,t,f)"]


def test_a_run_waits_while_the_server_is_still_at_a_killed_runs_script(place: Tier) -> None:
    place.write({"1_slow": f"CREATE TABLE b (id int);\n{GATE};\n"})
    with ThreadPoolExecutor(max_workers=1) as beside:
        with killed_at_gate(place):
            running = beside.submit(apply, place)
            # It would run into the orphan's table if it did not wait.
            assert running.running()
        running.result(PATIENCE_SECONDS)
    assert place.column(STATES) == ["(1_slow,t,f)"]


def test_a_row_that_prismas_own_cli_left_unfinished_is_not_guessed_at(place: Tier) -> None:
    apply(place)
    place.write({"1_first": "CREATE TABLE a (id int);"})
    with place.admin() as connection:
        connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '1_first')"
        )
    with pytest.raises(Exception, match=r"^P3009"):
        apply(place)


def test_a_connection_cut_in_the_middle_says_so_and_the_next_run_finishes(place: Tier) -> None:
    place.write({"1_cut": f"CREATE TABLE a (id int);\n{GATE};\n"})
    with ThreadPoolExecutor(max_workers=1) as beside, closed_gate(place):
        running = beside.submit(apply, place)
        wait_at_gate(place)
        cut(place)
        with pytest.raises(MigrationInterrupted, match="the connection ended while migration 1_cut"):
            running.result(PATIENCE_SECONDS)
    assert place.applied() == []
    assert apply(place).applied == 1


def test_two_runs_at_once_apply_each_migration_once(place: Tier, runs: Runs) -> None:
    place.write({f"{number}_step": f"CREATE TABLE t{number} (id int);" for number in range(1, 10)})
    with ThreadPoolExecutor(max_workers=3) as beside:
        running = [beside.submit(apply, place) for _ in range(3)]
        elsewhere = runs.run(order(place, whole=False, number=0, moment="sent"))
        here = sum(run.result(PATIENCE_SECONDS).applied for run in running)
    assert elsewhere["failure"] == ""
    assert here + elsewhere["applied"] == 9
    assert place.column(STATES) == [f"({number}_step,t,f)" for number in range(1, 10)]


def test_a_script_whose_row_is_resolved_while_it_runs_leaves_nothing(place: Tier) -> None:
    place.write({"1_slow": f"CREATE TABLE a (id int);\n{GATE};\n"})
    with ThreadPoolExecutor(max_workers=1) as beside:
        with closed_gate(place):
            running = beside.submit(apply, place)
            wait_at_gate(place)
            place.column("UPDATE _prisma_migrations SET rolled_back_at = now() RETURNING 1")
        with pytest.raises(RecordChanged, match="resolved"):
            running.result(PATIENCE_SECONDS)
    assert place.column("SELECT to_regclass('a') IS NULL") == ["True"]
    assert apply(place).applied == 1


@pytest.mark.parametrize("freeing", FREEING)
def test_a_script_that_gives_the_lock_away_and_meets_another_run_is_applied_once(
    place: Tier, freeing: str
) -> None:
    rows = "INSERT INTO a VALUES (1);"
    place.write({"1_table": "CREATE TABLE a (id int);", "2_frees": f"{freeing}\n{rows}\n{GATE};\n{rows}\n"})
    with ThreadPoolExecutor(max_workers=2) as beside:
        with closed_gate(place):
            running = [beside.submit(apply, place)]
            wait_at_gate(place)
            second = beside.submit(apply, place)
            running.append(second)
            # It runs the script too, or finds that it stopped where nobody else can go on.
            wait_until(
                lambda: second.done() or place.column(AT_THE_GATE) == ["2"], "the second run did nothing"
            )
        for run in running:
            # Whoever comes second is told, or finds it done.
            with suppress(RecordChanged, FailedEarlier):
                run.result(PATIENCE_SECONDS)
    assert place.column("SELECT count(*) FROM a") == ["2"]
    assert apply(place).applied == 0
