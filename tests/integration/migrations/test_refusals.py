"""What cannot work wherever it is sent leaves nothing, and what is said of it shows where and no secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    MigrationFailed,
    MigrationInterrupted,
    ScriptRefused,
    SessionUnfit,
)
from tests.integration.migrations.gates import PATIENCE_SECONDS, wait_until
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

NOTHING = "SELECT to_regclass('a') IS NULL"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("CREATE TABLE a (id int);\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\n", "25001"),
        ("CREATE TABLE a (id int);\nSELECT commits();\nSELECT 1;\n", "2D000"),
    ],
    ids=["isolation behind a statement", "a function that commits"],
)
def test_what_can_never_work_takes_its_script_back(place: Tier, script: str, code: str) -> None:
    function = "CREATE FUNCTION commits() RETURNS void LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;"
    place.write({"1_function": function, "2_never": script})
    with pytest.raises(MigrationFailed, match=rf"2_never/migration\.sql:2:1: .*\({code}\)") as failure:
        apply(place)
    assert "Nothing of it was kept" in str(failure.value)
    assert place.column(NOTHING) == ["True"]


@pytest.mark.parametrize(
    ("ending", "place_in_file"),
    [
        ("SELECT 'x\nFROM b;\n", "3:8"),
        ('SELECT "x\n', "3:8"),
        ("SELECT $x$ y\n", "3:8"),
        ("SELECT E'x\\';\n", "3:8"),
    ],
    ids=["string", "name", "dollar", "escape"],
)
def test_a_quote_that_never_ends_is_shown_where_it_begins(
    place: Tier, ending: str, place_in_file: str
) -> None:
    place.write({"1_open": f"CREATE TABLE a (id int);\nVACUUM;\n{ending}"})
    with pytest.raises(ScriptRefused, match=rf"1_open/migration\.sql:{place_in_file}: .* never ends"):
        apply(place)
    assert place.column(NOTHING) == ["True"]


def test_a_failure_shows_neither_a_row_nor_a_password(place: Tier) -> None:
    place.write(
        {
            "1_rows": "CREATE TABLE a (t text);\nINSERT INTO a SELECT 'card ' || 4111;\n",
            "2_type": "ALTER TABLE a ALTER t TYPE int USING t::int;\n",
        }
    )
    with pytest.raises(MigrationFailed, match="22P02") as failure:
        apply(place)
    assert "4111" not in str(failure.value)
    subscription = "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere.invalid password=hunter2' PUBLICATION p;\n"
    place.write({"2_type": subscription})
    with pytest.raises(MigrationFailed) as failure:
        apply(place)
    assert "hunter2" not in str(failure.value)
    assert not any("hunter2" in logs for logs in place.column("SELECT logs FROM _prisma_migrations"))


def test_bodies_that_name_their_columns_end_or_case_are_one_statement(place: Tier) -> None:
    body = 'SELECT 1 AS end;\nSELECT t.case FROM t;\nSELECT CASE WHEN true THEN 1 END AS "x";\nEND;\n'
    place.write(
        {
            "1_body": (
                'CREATE TABLE t ("case" int);\n'
                f"CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql BEGIN ATOMIC\n{body}"
                'CREATE INDEX CONCURRENTLY i ON t ("case");\n'
            )
        }
    )
    assert apply(place).applied == 1
    assert place.column("SELECT applied_steps_count FROM _prisma_migrations") == ["3"]


def test_a_string_that_goes_on_behind_a_comment_is_one_string(place: Tier) -> None:
    place.write({"1_string": "VACUUM;\nCREATE TABLE a AS SELECT E'a' -- c\n'b\\';c' AS x;\n"})
    assert apply(place).applied == 1
    assert place.column("SELECT x FROM a") == ["ab';c"]


@pytest.mark.parametrize(
    ("copy", "said"), [("FROM", "a script has no rows behind it"), ("TO", "division by zero")]
)
def test_a_copy_that_its_text_hides_does_not_wait_for_rows(place: Tier, copy: str, said: str) -> None:
    ending = "FROM stdin" if copy == "FROM" else "TO stdout; SELECT 1/0"
    place.write(
        {
            "1_copy": (
                "VACUUM;\nCREATE TABLE a (id int);\nSET standard_conforming_strings = off;\n"
                f"SELECT 'x\\''; COPY a {ending}; -- '\n"
            )
        }
    )
    with pytest.raises(MigrationFailed) as failure:
        apply(place)
    assert said in str(failure.value)


def test_a_session_that_ends_while_a_dump_is_waited_for_is_said_to_have_ended(place: Tier) -> None:
    place.write({"1_table": "CREATE TABLE a (id int);"})
    apply(place)
    place.write({"2_column": "ALTER TABLE a ADD COLUMN b int;"})
    with ThreadPoolExecutor(max_workers=1) as beside, place.admin() as dump:
        dump.execute("SET application_name = 'pg_dump'")
        dump.execute("BEGIN")
        dump.execute("SELECT * FROM a")
        running = beside.submit(apply, place)
        wait_until(lambda: "Waiting for a running dump" in place.log.text, "the dump was not waited for")
        place.column(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'datatier bootstrap'"
        )
        with pytest.raises(MigrationInterrupted, match="the connection ended"):
            running.result(PATIENCE_SECONDS)
    assert apply(place).applied == 1


def test_a_record_that_is_somebody_elses_is_told_with_what_to_do(place: Tier) -> None:
    place.write({"1_table": "CREATE TABLE a (id int);"})
    apply(place)
    with place.admin() as connection:
        connection.execute("ALTER TABLE _prisma_migrations OWNER TO CURRENT_USER")
    with pytest.raises(SessionUnfit, match=r"ALTER TABLE public\._prisma_migrations OWNER TO datatier_owner"):
        apply(place)


def test_a_database_without_the_schema_public_is_told_with_what_to_do(place: Tier) -> None:
    with place.admin() as connection:
        connection.execute("DROP SCHEMA public CASCADE")
    with pytest.raises(SessionUnfit, match="no schema public"):
        apply(place)
