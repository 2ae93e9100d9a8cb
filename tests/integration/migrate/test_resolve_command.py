"""`datatier migrate resolve` records what became of a migration, and what apply does next follows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.migrate.commands import Commands, commands_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.plugins.servers import Database

TWO = {"1_notes": "CREATE TABLE notes (id int);", "2_tags": "CREATE TABLE tags (id int);"}


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    found = commands_of(database, tmp_path / "migrations")
    found.write(TWO)
    return found


def fail(commands: Commands, name: str) -> None:
    """Make of an applied migration one that failed with an unknown outcome, as Prisma records it."""
    with commands.database.connect() as connection:
        connection.execute(
            "UPDATE _prisma_migrations SET finished_at = NULL, logs = 'out of luck', applied_steps_count = 0 "
            "WHERE migration_name = %s",
            [name],
        )


def test_a_failed_migration_that_was_undone_by_hand_runs_again(commands: Commands) -> None:
    assert commands.type("apply").exit_code == 0
    fail(commands, "2_tags")
    assert commands.type("apply").exit_code == 1
    with commands.database.connect() as connection:
        connection.execute("DROP TABLE tags")
    resolved = commands.type("resolve", "--rolled-back", "2_tags")
    assert resolved.exit_code == 0
    assert "`datatier migrate apply` runs it again" in resolved.stdout
    assert commands.type("apply").exit_code == 0
    assert commands.tables() == ["notes", "tags"]


def test_a_failed_migration_that_was_completed_by_hand_counts_as_applied(commands: Commands) -> None:
    assert commands.type("apply").exit_code == 0
    fail(commands, "2_tags")
    assert commands.type("resolve", "--applied", "2_tags").exit_code == 0
    assert commands.type("status").exit_code == 0


def test_a_database_older_than_its_history_is_baselined(commands: Commands) -> None:
    with commands.database.connect() as connection:
        connection.execute("CREATE TABLE notes (id int)")
    assert commands.type("apply").exit_code == 1
    assert commands.type("resolve", "--applied", "1_notes").exit_code == 0
    assert commands.type("apply").exit_code == 0
    assert commands.tables() == ["notes", "tags"]


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["--applied", "1_notes"], "P3008", 1),
        (["--applied", "9_nothing"], "P3017", 1),
        (["--rolled-back", "9_nothing"], "P3011", 1),
        (["--rolled-back", "1_notes"], "P3012", 1),
        ([], "Misused", 2),
        (["--applied", "1_notes", "--rolled-back", "1_notes"], "Misused", 2),
    ],
)
def test_what_cannot_be_said_of_a_migration_is_refused_by_prismas_codes(
    commands: Commands, arguments: list[str], code: str, exit_code: int
) -> None:
    assert commands.type("apply").exit_code == 0
    result = commands.type("resolve", "--json", *arguments)
    assert result.exit_code == exit_code
    answer = json.loads(result.stdout)
    assert answer["error"]["code"] == code
    assert answer["state"] is None
    assert answer["error"]["text"] in result.stderr
    assert commands.type("status").exit_code == 0


def test_records_belong_to_the_owner_in_a_datatier_database(tier: Tier) -> None:
    tier.write(TWO)
    tier.bootstrap()
    migrator = Commands(
        database=tier.database,
        folder=tier.migrations,
        username="migrator",
        password=tier.passwords["migrator"],
    )
    app = Commands(
        database=tier.database, folder=tier.migrations, username="app", password=tier.passwords["app"]
    )
    migrator.write({"3_by_hand": "SELECT 1;"})
    refused = app.type("resolve", "--applied", "3_by_hand")
    assert refused.exit_code == 1
    assert "log in as migrator" in refused.stderr
    assert migrator.type("resolve", "--applied", "3_by_hand").exit_code == 0
    assert migrator.type("status").exit_code == 0
