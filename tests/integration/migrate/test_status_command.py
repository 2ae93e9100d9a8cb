"""`datatier migrate status` says what is, what to do next, and changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.migrate.commands import Commands, commands_of
from tests.integration.migrations.gates import held_open
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.plugins.servers import Database

THREE = {
    "1_notes": "CREATE TABLE notes (id int);",
    "2_tags": "CREATE TABLE tags (id int);",
    "3_more": "CREATE TABLE more (id int);",
}


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    found = commands_of(database, tmp_path / "migrations")
    found.write(THREE)
    return found


def as_login(tier: Tier, login: str) -> Commands:
    """The commands of one of the tier's logins."""
    return Commands(
        database=tier.database, folder=tier.migrations, username=login, password=tier.passwords[login]
    )


def states(commands: Commands, *arguments: str) -> dict[str, str]:
    answer = json.loads(commands.type("status", "--json", *arguments).stdout)
    return {migration["name"]: migration["state"] for migration in answer["migrations"]}


def test_a_database_without_a_record_has_everything_pending_and_is_left_as_it_is(commands: Commands) -> None:
    result = commands.type("status")
    assert result.exit_code == 1
    assert "3 migrations are pending: `datatier migrate apply` runs them." in result.stderr
    assert set(states(commands).values()) == {"pending"}
    assert commands.column("SELECT to_regclass('_prisma_migrations')") == ["None"]


def test_what_is_applied_is_shown_with_its_time_and_ends_with_0(commands: Commands) -> None:
    assert commands.type("apply").exit_code == 0
    result = commands.type("status")
    assert result.exit_code == 0
    assert "Every migration is applied." in result.stdout
    (row,) = [line for line in result.stdout.splitlines() if "2_tags" in line]
    assert row.split()[1] == "applied"
    assert row.split()[4] == "1", "steps"
    document = json.loads(commands.type("status", "--json").stdout)
    assert document["settled"] is True
    assert document["migrations"][0]["at"] is not None


def test_an_edited_and_a_missing_migration_are_shown_and_need_attention_unless_allowed(
    commands: Commands,
) -> None:
    assert commands.type("apply").exit_code == 0
    commands.write({"1_notes": "CREATE TABLE notes (id bigint);"})
    (commands.folder / "2_tags" / "migration.sql").unlink()
    (commands.folder / "2_tags").rmdir()
    assert states(commands) == {"1_notes": "edited", "2_tags": "missing here", "3_more": "applied"}
    refused = commands.type("status")
    assert refused.exit_code == 1
    assert str(commands.folder / "1_notes" / "migration.sql") in refused.stderr
    assert commands.type("status", "--allow", "edited").exit_code == 1
    assert commands.type("status", "--allow", "edited", "--allow", "missing").exit_code == 0


def test_a_failed_migration_is_shown_with_what_it_said(commands: Commands) -> None:
    assert commands.type("apply").exit_code == 0
    with commands.database.connect() as connection:
        connection.execute(
            "UPDATE _prisma_migrations SET finished_at = NULL, logs = E'out of luck\\nat line 1' "
            "WHERE migration_name = '3_more'"
        )
    result = commands.type("status")
    assert result.exit_code == 1
    assert states(commands)["3_more"] == "failed"
    assert "out of luck" in result.stdout
    assert "P3009" in result.stderr
    with commands.database.connect() as connection:
        connection.execute("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL")
    assert states(commands)["3_more"] == "rolled back"
    assert "1 migration is pending" in commands.type("status").stderr


def test_a_database_that_is_ahead_of_the_folder_needs_nothing(commands: Commands) -> None:
    assert commands.type("apply").exit_code == 0
    (commands.folder / "3_more" / "migration.sql").unlink()
    (commands.folder / "3_more").rmdir()
    result = commands.type("status")
    assert result.exit_code == 0
    assert "1 more" in result.stdout
    assert states(commands)["3_more"] == "missing here"


def test_tables_that_nobody_recorded_are_told_with_the_way_to_record_them(commands: Commands) -> None:
    with commands.database.connect() as connection:
        connection.execute("CREATE TABLE notes (id int)")
    result = commands.type("status")
    assert result.exit_code == 1
    assert result.stderr.startswith("P3005")
    assert "datatier migrate resolve --applied" in result.stderr


def test_a_login_that_only_reads_may_look_and_one_that_may_not_is_told_who_may(tier: Tier) -> None:
    tier.write(THREE)
    tier.bootstrap()
    answers = {login: as_login(tier, login).type("status") for login in ("readonly", "migrator", "app")}
    assert answers["readonly"].exit_code == answers["migrator"].exit_code == 0
    assert answers["app"].exit_code == 1
    assert "migrator" in answers["app"].stderr


def test_a_build_that_goes_on_is_shown_with_its_index_and_phase(tier: Tier) -> None:
    tier.write({"1_table": "CREATE TABLE a (id int);"})
    tier.bootstrap()
    tier.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with held_open(tier, "INSERT INTO a VALUES (1)"):
        assert apply(tier, patience_seconds=0.2).building is not None
        shown = as_login(tier, "migrator").type("status")
    assert "building" in shown.output
    assert "i: waiting for writers before build" in shown.output
    assert "`datatier migrate apply` watches it and goes on" in shown.output
    apply(tier)
    assert as_login(tier, "migrator").type("status").exit_code == 0


def test_a_url_through_a_pooler_is_misuse(commands: Commands) -> None:
    result = commands.type("status", url=f"{commands.url}&pgbouncer=true")
    assert result.exit_code == 2
    assert "directUrl" in result.stderr
