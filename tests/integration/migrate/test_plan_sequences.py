"""`datatier migrate plan` over several statements: each is judged by what the earlier ones will have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.migrate.plan_commands import BIG, commands_with_rows, impact_of, planned, works

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.migrate.commands import Commands
    from tests.plugins.servers import Database


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    """Return a folder whose first migration is applied to a database with 20,000 rows."""
    return commands_with_rows(database, tmp_path / "migrations")


def test_what_an_earlier_pending_statement_makes_is_new_and_harmless(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_new": "CREATE TABLE fresh (id bigint, note_id bigint);\n"
            "ALTER TABLE fresh RENAME TO fine;\n"
            "CREATE INDEX i ON fine (id);\n"
            "DROP INDEX i;\n",
            "3_new": "ALTER TABLE fine ADD FOREIGN KEY (note_id) REFERENCES notes;\n",
        },
    )
    index, gone = impact_of(plan, 2), impact_of(plan, 3)
    assert (index["relation"], index["state"], index["rows"]) == ("fine", "new", 0)
    assert (gone["relation"], gone["lock"]) == ("fine", "ACCESS EXCLUSIVE")
    other = plan["statements"][4]["impacts"][1]
    assert (other["relation"], other["lock"], other["state"]) == ("notes", "SHARE ROW EXCLUSIVE", "there")


def test_the_advice_for_not_null_is_seen_to_work_when_it_is_followed(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_check": "ALTER TABLE notes ADD CONSTRAINT body_there CHECK (body IS NOT NULL) NOT VALID;",
            "3_validate": "ALTER TABLE notes VALIDATE CONSTRAINT body_there;",
            "4_not_null": "ALTER TABLE notes ALTER body SET NOT NULL;",
        },
    )
    assert [impact_of(plan, at)["work"] for at in range(3)] == ["catalog only", "scans", "catalog only"]
    assert plan["dangerous"] == 0


def test_a_column_that_is_pending_itself_is_judged_by_its_pending_type(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_more": "ALTER TABLE notes ADD COLUMN n varchar(5);\n"
            "ALTER TABLE notes ALTER n TYPE varchar(10);\n"
            "ALTER TABLE notes ALTER n TYPE varchar(3);\n"
        },
    )
    assert [impact_of(plan, at)["work"] for at in range(3)] == ["catalog only", "catalog only", "rewrites"]


def test_an_index_that_goes_first_is_not_built_again(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_more": "CREATE INDEX i ON notes (lower(tag));\n"
            "ALTER TABLE notes ALTER tag TYPE varchar(20);\n"
            "DROP INDEX i;\n"
            "ALTER TABLE notes ALTER tag TYPE varchar(30);\n"
        },
    )
    assert works(plan) == ["builds index", "builds index", "catalog only", "catalog only"]


def test_a_primary_key_that_is_pending_proves_its_columns_not_null(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_more": "ALTER TABLE small ALTER id SET NOT NULL;\n"
            "ALTER TABLE small ALTER id DROP NOT NULL;\n"
            "ALTER TABLE small ADD PRIMARY KEY (id);\n"
            "ALTER TABLE small ALTER id SET NOT NULL;\n"
        },
    )
    assert works(plan) == ["scans", "catalog only", "builds index", "catalog only"]


def test_a_new_parent_is_as_large_as_the_table_that_joins_it(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_more": "CREATE TABLE every_note (id bigint NOT NULL, body text, tag varchar(10))"
            " PARTITION BY RANGE (id);\n"
            "ALTER TABLE every_note ATTACH PARTITION notes FOR VALUES FROM (0) TO (100000);\n"
            "CREATE INDEX i ON every_note (tag);\n"
            "ALTER TABLE every_note DETACH PARTITION notes;\n"
            "CREATE INDEX j ON every_note (body);\n"
        },
    )
    with_it, without = impact_of(plan, 2), impact_of(plan, 4)
    assert (with_it["rows"], with_it["dangerous"]) == (BIG, True)
    assert (without["rows"], without["dangerous"]) == (0, False)


@pytest.mark.parametrize(
    "setting",
    [
        "SET search_path = far, public;",
        "SET LOCAL search_path TO far;",
        "SET SCHEMA 'far';",
        "SELECT pg_catalog.set_config('search_path', 'far, public', false);",
    ],
)
def test_a_script_that_sets_its_search_path_is_judged_by_it(commands: Commands, setting: str) -> None:
    plan = planned(
        commands,
        {
            "2_far": f"{setting}\nALTER TABLE notes ALTER id SET NOT NULL;\nCREATE TABLE made (id bigint);",
            "3_home": "ALTER TABLE notes ALTER body SET NOT NULL;\nALTER TABLE far.made ADD COLUMN n int;",
        },
    )
    far, near = impact_of(plan, 1), impact_of(plan, 3)
    assert (far["relation"], far["rows"]) == ("far.notes", 0)
    assert (near["relation"], near["rows"]) == ("notes", BIG)
    assert impact_of(plan, 4)["state"] == "new"


def test_a_search_path_is_taken_back_by_reset_and_may_name_a_schema_that_is_pending(
    commands: Commands,
) -> None:
    plan = planned(
        commands,
        {
            "2_more": "CREATE SCHEMA fresh;\n"
            "SET search_path = fresh, public;\n"
            "CREATE TABLE notes (id bigint);\n"
            "ALTER TABLE notes ADD COLUMN a int;\n"
            "RESET search_path;\n"
            "ALTER TABLE notes ADD COLUMN b int;\n"
            "DROP SCHEMA fresh CASCADE;\n"
            "SET search_path = '';\n"
            "ALTER TABLE IF EXISTS notes ADD COLUMN c int;\n"
        },
    )
    fresh, near, nowhere = impact_of(plan, 3), impact_of(plan, 5), impact_of(plan, 8)
    assert (fresh["relation"], fresh["state"]) == ("fresh.notes", "new")
    assert (near["relation"], near["state"]) == ("notes", "there")
    assert (nowhere["state"], nowhere["lock"]) == ("absent", "none")


def test_a_temporary_table_hides_the_one_of_its_name(commands: Commands) -> None:
    plan = planned(commands, {"2_more": "CREATE TEMP TABLE notes (id bigint);\nUPDATE notes SET id = 1;\n"})
    assert (impact_of(plan, 1)["relation"], impact_of(plan, 1)["state"]) == ("pg_temp.notes", "new")
