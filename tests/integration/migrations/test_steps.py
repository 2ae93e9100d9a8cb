"""Scripts that only work statement by statement: where they stop is known; a corrected file goes on there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    FailedEarlier,
    MigrationError,
    MigrationFailed,
    MigrationInterrupted,
)
from tests.integration.migrations.gates import (
    GATE,
    PATIENCE_SECONDS,
    closed_gate,
    cut,
    held_open,
    wait_at_gate,
    wait_for,
)
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

BEGINNING = (
    "CREATE TABLE a (id int);\n"
    "INSERT INTO a VALUES (1);\n"
    "CREATE INDEX CONCURRENTLY i ON a (id);\n"
    "INSERT INTO a VALUES (2);\n"
)
ENDING = "INSERT INTO nowhere VALUES (3);\nCREATE INDEX CONCURRENTLY j ON a (id);\n"
BROKEN = BEGINNING + ENDING
ROWS = "SELECT id FROM a ORDER BY id"
INDEXES = "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname IN ('i', 'j') ORDER BY 1"
STEPS = "SELECT applied_steps_count FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at"


@pytest.fixture
def stopped(place: Tier) -> Tier:
    """Return a database where the fifth statement of six has failed."""
    place.write({"1_steps": BROKEN})
    with pytest.raises(MigrationFailed, match=r"1_steps/migration\.sql:5:\d+: .*nowhere.*\(42P01\)"):
        apply(place)
    return place


def test_a_failure_says_how_many_statements_are_applied_and_counts_them(place: Tier) -> None:
    place.write({"1_steps": BROKEN})
    with pytest.raises(MigrationFailed) as failure:
        apply(place)
    assert "4" in str(failure.value)
    assert place.column(STEPS) == ["4"]
    assert place.column(ROWS) == ["1", "2"]
    assert place.column(INDEXES) == ["i"]


def test_the_corrected_file_goes_on_where_it_stopped(stopped: Tier) -> None:
    stopped.write({"1_steps": BROKEN.replace("nowhere", "a")})
    assert apply(stopped).applied == 1
    assert stopped.column(ROWS) == ["1", "2", "3"]
    assert stopped.column(INDEXES) == ["i", "j"]
    assert stopped.column(STEPS) == ["6"]
    assert apply(stopped).applied == 0


def test_the_same_file_fails_at_the_same_statement_until_its_cause_is_gone(stopped: Tier) -> None:
    with pytest.raises(MigrationFailed, match=r"migration\.sql:5:"):
        apply(stopped)
    with stopped.connect("migrator") as connection:
        connection.execute("CREATE TABLE nowhere (id int)")
    assert apply(stopped).applied == 1
    assert stopped.column(ROWS) == ["1", "2"]


def test_an_edited_beginning_of_a_partly_applied_script_is_refused(stopped: Tier) -> None:
    stopped.write({"1_steps": BROKEN.replace("nowhere", "a").replace("VALUES (1)", "VALUES (10)")})
    with pytest.raises(MigrationError, match="1_steps") as refusal:
        apply(stopped)
    assert "P3009" in str(refusal.value) or "changed" in str(refusal.value)
    assert stopped.column(ROWS) == ["1", "2"]
    stopped.write({"1_steps": BROKEN.replace("nowhere", "a")})
    assert apply(stopped).applied == 1


@pytest.mark.parametrize("newline", ["\r\n", "\n\n"], ids=["windows", "blank lines"])
def test_a_partly_applied_script_counts_its_own_statements_and_nothing_else(
    place: Tier, newline: str
) -> None:
    script = f"-- top{newline}" + BROKEN.replace("\n", newline)
    place.write({"1_steps": script})
    with pytest.raises(MigrationFailed, match=r"nowhere"):
        apply(place)
    place.write({"1_steps": script.replace("nowhere", "a")})
    assert apply(place).applied == 1
    assert place.column(ROWS) == ["1", "2", "3"]


def test_a_new_value_of_a_type_is_used_in_the_script_that_adds_it(place: Tier) -> None:
    place.write(
        {
            "1_type": "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE a (felt mood);",
            "2_value": "ALTER TYPE mood ADD VALUE 'glad';\nINSERT INTO a VALUES ('glad');",
        }
    )
    assert apply(place).applied == 2
    assert place.column("SELECT felt FROM a") == ["glad"]


def test_a_block_that_fails_behind_committed_blocks_is_mended_and_repeated_alone(place: Tier) -> None:
    blocks = (
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"
        "BEGIN;\nINSERT INTO a VALUES (1);\nSELECT 1/{};\nCOMMIT;\n"
    )
    place.write({"1_blocks": blocks.format(0)})
    with pytest.raises(MigrationFailed, match="division by zero"):
        apply(place)
    assert place.column(ROWS) == []
    place.write({"1_blocks": blocks.format(1)})
    assert apply(place).applied == 1
    assert place.column(ROWS) == ["1"]


def test_settings_of_the_committed_steps_are_made_again_for_those_that_are_left(place: Tier) -> None:
    script = (
        "CREATE SCHEMA other;\nSET search_path = other;\nSELECT set_config('a.b', 'kept', false);\n"
        "CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\n"
        "CREATE TABLE u AS SELECT 1/{} AS id, current_setting('a.b') AS word;\n"
    )
    place.write({"1_steps": script.format(0)})
    with pytest.raises(MigrationFailed, match="division by zero"):
        apply(place)
    place.write({"1_steps": script.format(1), "2_next": "CREATE TABLE v (id int);"})
    assert apply(place).applied == 2
    assert place.column("SELECT word FROM other.u") == ["kept"]
    assert place.column("SELECT to_regclass('public.v') IS NOT NULL") == ["True"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("CREATE TEMP TABLE t AS SELECT 1 AS id;", "INSERT INTO a SELECT id FROM t"),
        ("PREPARE p AS INSERT INTO a VALUES (1);", "EXECUTE p"),
    ],
    ids=["temporary table", "prepared statement"],
)
def test_a_script_that_needs_its_lost_session_waits_for_a_person_and_says_why(
    place: Tier, first: str, last: str
) -> None:
    script = f"CREATE TABLE a (id int);\n{first}\nVACUUM a;\nSELECT 1/{{}};\n{last};\n"
    place.write({"1_steps": script.format(0)})
    with pytest.raises(MigrationFailed, match=r"migration\.sql:4:1: division by zero"):
        apply(place)
    place.write({"1_steps": script.format(1), "0_late": "CREATE TABLE late (id int);"})
    with pytest.raises(
        FailedEarlier, match=r"^P3009: migration 1_steps .*: 3 of 5 steps are committed"
    ) as refusal:
        apply(place)
    assert "a temporary table, a prepared statement or the like" in str(refusal.value)
    assert place.column("SELECT to_regclass('late') IS NULL") == ["True"]
    assert place.column(ROWS) == []


def test_a_build_whose_connection_was_cut_is_cleared_away_and_built_again(place: Tier) -> None:
    building = (
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
    )
    place.write({"1_table": "CREATE TABLE a (id int);"})
    apply(place)
    place.write({"2_steps": BEGINNING.replace("CREATE TABLE a (id int)", "SELECT 1")})
    with ThreadPoolExecutor(max_workers=1) as beside, held_open(place, "INSERT INTO a VALUES (3)") as writer:
        running = beside.submit(apply, place)
        wait_for(place, f"SELECT count(*) {building}", "1")
        place.column(f"SELECT pg_terminate_backend(pid) {building}")
        with pytest.raises(MigrationInterrupted, match="the connection ended while migration 2_steps"):
            running.result(PATIENCE_SECONDS)
        writer.execute("COMMIT")
    assert place.column(f"{STEPS} OFFSET 1") == ["2"]
    assert apply(place).applied == 1
    assert place.column(
        "SELECT indexrelid::regclass || ' ' || indisvalid FROM pg_index WHERE indrelid = 'a'::regclass"
    ) == ["i true"]
    assert place.column(ROWS) == ["1", "2", "3"]
    assert place.column(STEPS) == ["1", "4"]


def test_a_call_that_commits_inside_and_was_cut_waits_for_a_person(place: Tier) -> None:
    place.write(
        {
            "1_procedure": (
                "CREATE TABLE a (id int);\nCREATE PROCEDURE fill() LANGUAGE plpgsql AS $$\n"
                "BEGIN INSERT INTO a VALUES (1); COMMIT; EXECUTE 'GATE'; END $$;\n"
            ).replace("GATE", GATE),
            "2_call": "CALL fill();\n",
        }
    )
    with ThreadPoolExecutor(max_workers=1) as beside, closed_gate(place):
        running = beside.submit(apply, place)
        wait_at_gate(place)
        cut(place)
        with pytest.raises(MigrationInterrupted, match="2_call"):
            running.result(PATIENCE_SECONDS)
    assert place.column(ROWS) == ["1"]
    with pytest.raises(
        FailedEarlier,
        match=r"^P3009: migration 2_call .*commits by itself, and the catalog does not tell what",
    ):
        apply(place)
    assert place.column(ROWS) == ["1"]


def test_a_block_that_commits_inside_and_fails_says_that_it_commits_by_itself(place: Tier) -> None:
    place.write(
        {
            "1_table": "CREATE TABLE a (id int);\n",
            "2_block": ("SELECT 1;\nDO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; PERFORM 1/0; END $$;\n"),
        }
    )
    with pytest.raises(MigrationFailed) as failure:
        apply(place)
    assert "up to line 1 is committed. What it left behind is not certain: it commits by itself." in str(
        failure.value
    )
    assert place.column(ROWS) == ["1"]


def test_a_failing_end_that_is_taken_out_of_the_file_is_all_that_is_left_to_do(stopped: Tier) -> None:
    stopped.write({"1_steps": BEGINNING})
    assert apply(stopped).applied == 1
    assert stopped.column(STEPS) == ["4"]
    assert apply(stopped).applied == 0


@pytest.mark.parametrize("setting", ["client_encoding = 'LATIN1'", "client_encoding = 'SQL_ASCII'"])
def test_what_a_script_sets_for_a_client_of_its_own_changes_no_text(place: Tier, setting: str) -> None:
    place.write(
        {
            "1_steps": (
                f"SET {setting};\nCREATE TABLE a (t text);\nCREATE INDEX CONCURRENTLY i ON a (t);\n"
                "INSERT INTO a VALUES ('é€😀');\n"
            ),
            "2_whole": f"SET {setting};\nINSERT INTO a VALUES ('ü');\n",
            "3_last": "INSERT INTO a VALUES ('ß');\n",
        }
    )
    assert apply(place).applied == 3
    assert place.column("SELECT t FROM a ORDER BY length(t) DESC, t") == ["é€😀", "ß", "ü"]


@pytest.mark.parametrize("rest", ["", "CREATE INDEX CONCURRENTLY i ON a (id);\n"], ids=["whole", "steps"])
def test_a_script_that_makes_its_session_read_only_stops_no_record(place: Tier, rest: str) -> None:
    read_only = f"CREATE TABLE a (id int);\nSET default_transaction_read_only = on;\n{rest}"
    place.write({"1_read_only": read_only, "2_table": "CREATE TABLE b (id int);"})
    assert apply(place).applied == 2
    assert place.applied() == ["1_read_only", "2_table"]
