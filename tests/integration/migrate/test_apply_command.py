"""`datatier migrate apply` for the person and the program that call it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.migrate.commands import REAL_COMMAND, Commands, commands_of
from tools.state import repository_root

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.plugins.servers import Database

TWO = {"1_notes": "CREATE TABLE notes (id int);", "2_tags": "CREATE TABLE tags (id int);"}
PATIENCE_SECONDS = 30
OWNERS = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
SLEEPING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    return commands_of(database, tmp_path / "migrations")


def test_each_migration_is_told_and_a_second_run_finds_nothing_to_do(commands: Commands) -> None:
    commands.write(TWO)
    first, second = commands.type("apply"), commands.type("apply")
    assert first.exit_code == second.exit_code == 0
    told = first.stdout.splitlines()
    assert [line.split()[1] for line in told[:2]] == ["1_notes", "2_tags"]
    assert told[2].startswith("Applied 2 migrations: ")
    assert second.stdout.startswith("Nothing to apply: ")
    assert "at 2_tags" in second.stdout
    assert commands.tables() == ["notes", "tags"]


def test_a_program_reads_what_was_applied_and_what_was_not(commands: Commands) -> None:
    commands.write({**TWO, "3_broken": "CREATE TABLE notes (id int);", "4_never": "SELECT 1;"})
    result = commands.type("apply", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["applied"] == ["1_notes", "2_tags"]
    assert answer["pending"] == ["3_broken", "4_never"]
    assert answer["error"]["code"] == "P3018"
    assert answer["error"]["text"] in result.stderr
    assert str(commands.folder / "3_broken" / "migration.sql") in answer["error"]["text"]

    commands.write({"3_broken": "SELECT 1;"})
    mended = commands.type("apply", "--json")
    assert mended.exit_code == 0
    assert json.loads(mended.stdout) == {"applied": ["3_broken", "4_never"], "pending": [], "error": None}


def test_an_edited_migration_is_refused_unless_that_is_allowed(commands: Commands) -> None:
    commands.write(TWO)
    assert commands.type("apply").exit_code == 0
    commands.write({"1_notes": "CREATE TABLE notes (id bigint);", "3_more": "CREATE TABLE more (id int);"})
    refused = commands.type("apply")
    assert refused.exit_code == 1
    assert "1_notes" in refused.stderr
    assert commands.tables() == ["notes", "tags"]
    assert commands.type("apply", "--allow", "edited").exit_code == 0
    assert commands.tables() == ["more", "notes", "tags"]


@pytest.mark.parametrize(
    ("arguments", "url", "said"),
    [
        ([], "", "set DATABASE_URL"),
        ([], "mysql://someone:hidden@h/shop", "mysql://"),
        ([], "postgresql://someone:hidden@db.example.com/shop?sslmode=require", "sslmode=verify-full"),
        ([], "postgresql://someone:hidden@db.example.com/shop?pgbouncer=true", "PgBouncer"),
        (["--migrations", "nowhere/migrations"], None, "no folder nowhere/migrations"),
        (["--allow", "everything"], None, "everything"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_touches_nothing(
    commands: Commands, arguments: list[str], url: str | None, said: str
) -> None:
    commands.write(TWO)
    result = commands.type("apply", *arguments, url=url)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hidden" not in result.output
    assert commands.tables() == []


def test_a_server_that_refuses_or_is_not_there_is_named_without_the_password(commands: Commands) -> None:
    commands.write(TWO)
    where = f"{commands.username}:secret@{commands.database.server.host}"
    for port in (commands.database.server.port, 1):
        url = f"postgresql://{where}:{port}/{commands.database.name}{commands.url[commands.url.index('?') :]}"
        result = commands.type("apply", url=url)
        assert result.exit_code == 1
        assert f":{port}/{commands.database.name}" in result.stderr
        assert "secret" not in result.output
        assert "Traceback" not in result.output


def test_tables_belong_to_the_owner_in_a_datatier_database(tier: Tier) -> None:
    tier.bootstrap()
    migrator = Commands(
        database=tier.database,
        folder=tier.migrations,
        username="migrator",
        password=tier.passwords["migrator"],
    )
    migrator.write(TWO)
    assert migrator.type("apply").exit_code == 0
    migrator.write({"3_more": "CREATE TABLE more (id int);"})
    assert commands_of(tier.database, tier.migrations).type("apply").exit_code == 0, "as the master"
    assert migrator.column(OWNERS) == ["datatier_owner"]


def test_a_login_that_may_not_act_as_the_owner_is_told_whom_to_be(tier: Tier) -> None:
    tier.bootstrap()
    app = Commands(
        database=tier.database, folder=tier.migrations, username="app", password=tier.passwords["app"]
    )
    app.write(TWO)
    result = app.type("apply")
    assert result.exit_code == 1
    assert "log in as migrator" in result.stderr
    assert app.tables() == []


def test_tables_belong_to_the_login_in_any_other_database(commands: Commands) -> None:
    commands.write(TWO)
    assert commands.type("apply").exit_code == 0
    assert commands.column(OWNERS) == [commands.username]


def test_an_interrupted_run_keeps_what_is_applied_and_stops_what_ran(commands: Commands) -> None:
    commands.write({"1_notes": TWO["1_notes"], "2_slow": "CREATE TABLE slow (id int); SELECT pg_sleep(300);"})
    process = subprocess.Popen(  # noqa: S603  this project's own command
        [*REAL_COMMAND, "apply", "--migrations", str(commands.folder)],
        env=commands.environment,
        cwd=repository_root(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not commands.column(SLEEPING):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "the slow migration never ran"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "1_notes" in stdout
    assert stderr.startswith("Interrupted. 1 applied")
    assert len(stderr.splitlines()) == 1
    assert commands.column(SLEEPING) == [], "the server goes on with what nobody waits for"
    assert commands.tables() == ["notes"]

    commands.write({"2_slow": "CREATE TABLE slow (id int);"})
    assert commands.type("apply").exit_code == 0
    assert commands.tables() == ["notes", "slow"]
