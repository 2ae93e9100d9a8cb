"""`datatier migrate plan` on a database with rows: what people and programs see, and that nothing changes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.integration.migrate.commands import Commands, commands_of
from tests.integration.migrate.plan_commands import BIG, FIRST, commands_with_rows, impact_of, planned
from tools.cli.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.servers import Database


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    """Return a folder whose first migration is applied to a database with 20,000 rows."""
    return commands_with_rows(database, tmp_path / "migrations")


def test_nothing_pending_is_said_and_is_no_failure(commands: Commands) -> None:
    result = commands.type("plan")
    assert result.exit_code == 0
    assert "Nothing is pending." in result.stdout


def test_each_statement_is_told_with_its_line_its_lock_its_work_and_the_size_of_its_table(
    commands: Commands,
) -> None:
    plan = planned(
        commands,
        {"2_more": "-- a comment\nALTER TABLE notes ADD COLUMN n int;\n\nCREATE INDEX i ON notes (tag);\n"},
    )
    assert [(one["migration"], one["line"]) for one in plan["statements"]] == [("2_more", 2), ("2_more", 4)]
    first, second = impact_of(plan, 0), impact_of(plan, 1)
    assert (first["relation"], first["lock"], first["work"]) == ("notes", "ACCESS EXCLUSIVE", "catalog only")
    assert (second["lock"], second["work"]) == ("SHARE", "builds index")
    assert second["rows"] == BIG
    with commands.database.connect() as connection:
        ((size,),) = connection.execute("SELECT pg_total_relation_size('notes')").fetchall()
    assert second["size"] == size


def test_only_what_keeps_writers_of_a_large_table_waiting_is_dangerous(commands: Commands) -> None:
    plan = planned(
        commands,
        {
            "2_more": "ALTER TABLE notes ADD COLUMN n int;\n"
            "ALTER TABLE notes ALTER body SET NOT NULL;\n"
            "CREATE INDEX i ON notes (tag);\n"
            "CREATE INDEX j ON small (id);\n",
            "3_rows": "UPDATE notes SET n = 1;\n",
            "4_alone": "CREATE INDEX CONCURRENTLY k ON notes (body);\n",
        },
    )
    assert [impact_of(plan, at)["dangerous"] for at in range(6)] == [False, True, True, False, False, False]
    assert plan["dangerous"] == 2
    shown = commands.type("plan").stdout
    assert "2 statements keep writers waiting while a table of more than 10,000 rows" in shown


def test_a_person_sees_a_statement_on_one_line_and_beneath_it_its_lock_its_work_and_its_table(
    commands: Commands,
) -> None:
    commands.write({"2_more": "ALTER TABLE notes -- all\n  ALTER COLUMN body SET NOT NULL;\n"})
    shown = commands.type("plan").stdout
    assert re.search(r"2_more\n +1  ALTER TABLE notes ALTER COLUMN body SET NOT NULL\n", shown)
    assert re.search(r"\n!! +ACCESS EXCLUSIVE +scans +notes \(20k rows, [\d.]+ MiB\)\n", shown)
    assert "1 migration pending, 1 statement." in shown


def test_a_narrow_terminal_is_enough(commands: Commands) -> None:
    commands.write(
        {
            "2_more": "ALTER TABLE notes ALTER COLUMN body SET NOT NULL, ALTER COLUMN tag TYPE varchar(20), "
            "ADD COLUMN something_with_a_long_name timestamptz NOT NULL DEFAULT clock_timestamp();\n"
            "DO $$ BEGIN END $$;\nSELECT 1;\n"
        }
    )
    result = CliRunner().invoke(
        migrate, ["plan", "--migrations", str(commands.folder)], env=commands.environment | {"COLUMNS": "80"}
    )
    assert result.exit_code == 0
    assert max(len(line.rstrip()) for line in result.stdout.splitlines()) <= 80
    assert "notes (20k rows, " in result.stdout
    assert "\n??        unknown " in result.stdout


def test_a_password_in_a_script_is_not_shown(commands: Commands) -> None:
    commands.write({"2_role": "CREATE ROLE reporter LOGIN PASSWORD 'it''s secret';"})
    for result in (commands.type("plan"), commands.type("plan", "--json")):
        assert "reporter" in result.stdout
        assert "secret" not in result.output


def test_a_database_without_a_record_has_its_whole_history_planned_and_stays_as_it_is(
    database: Database, tmp_path: Path
) -> None:
    commands = commands_of(database, tmp_path / "migrations")
    plan = planned(commands, FIRST)
    assert plan["pending"] == ["1_tables"]
    with database.connect() as connection:
        ((tables,),) = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert tables == 0


def test_an_edited_script_is_told_instead_of_a_plan(commands: Commands) -> None:
    commands.write({"1_tables": "SELECT 1;", "2_more": "SELECT 2;"})
    result = commands.type("plan")
    assert result.exit_code == 1
    assert "was changed after it had been applied" in result.stderr
    told = json.loads(commands.type("plan", "--json").stdout)
    assert told["statements"] == []
    assert "was changed" in told["error"]["text"]


def test_a_script_that_apply_would_refuse_is_told_instead_of_a_plan(commands: Commands) -> None:
    commands.write({"2_more": "ALTER TABLE notes ADD COLUMN n int;\n\\d notes\n"})
    result = commands.type("plan")
    assert result.exit_code == 1
    assert "2_more/migration.sql:2: a backslash command" in result.stderr
    commands.write({"2_more": "BEGIN;\nALTER TABLE notes ADD COLUMN n int;\n"})
    assert "leaves a transaction open" in commands.type("plan").stderr
    assert commands.type("plan", "--allow", "open-transaction").exit_code == 0


def test_a_database_with_tables_and_no_record_is_told_as_apply_tells_it(
    database: Database, tmp_path: Path
) -> None:
    commands = commands_of(database, tmp_path / "migrations")
    commands.write(FIRST)
    with database.connect() as connection:
        connection.execute("CREATE TABLE somebodys (id bigint)")
    result = commands.type("plan")
    assert result.exit_code == 1
    assert "P3005: the database has tables (somebodys)" in result.stderr


def test_a_url_through_a_pooler_is_misuse(commands: Commands) -> None:
    result = commands.type("plan", url=f"{commands.url}&pgbouncer=true")
    assert result.exit_code == 2
    assert "directUrl" in result.stderr


def test_a_folder_that_is_not_there_is_misuse(commands: Commands, tmp_path: Path) -> None:
    result = commands.type("plan", folder=tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "--migrations DIR" in result.stderr


def test_a_table_that_stays_locked_ends_the_plan_with_a_reason(commands: Commands) -> None:
    commands.write({"2_more": "ALTER TABLE notes ADD COLUMN n int;"})
    with commands.database.connect() as holder:
        holder.execute("BEGIN; LOCK TABLE notes")
        result = commands.type("plan")
        holder.execute("ROLLBACK")
    assert result.exit_code == 1
    assert '"notes" under ACCESS EXCLUSIVE' in result.stderr
