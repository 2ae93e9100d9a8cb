"""`datatier backup now` starts the tier's task, follows it, and shows the backup that it has taken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from typer.testing import CliRunner, Result

from tests.unit.backup_cli.scripted_ecs import Script, play
from tests.unit.backup_cli.tier import ARGUMENTS, Tier
from tools.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return what runs the command over a script's ECS, looking at it often."""

    def run(script: Script, *arguments: str) -> Result:
        play(script, monkeypatch)
        return CliRunner().invoke(app, ["backup", "now", *ARGUMENTS, *arguments])

    return run


def line(message: str, **facts: object) -> str:
    return json.dumps({"message": message, "facts": facts})


def test_the_backup_that_was_taken_is_shown(tier: Tier, now: Callable[..., Result]) -> None:
    backup = tier.take("source", at="2026-11-26T02:10:03")
    tier.take("source", at="2026-11-27T02:10:03")
    script = Script(steps=[[line("Snapshot", backup=str(backup), tables=1)], [line("Done", tables_done=1)]])
    done = now(script)
    assert done.exit_code == 0, done.output
    assert f"{backup}: 1,234,567 rows of 1 tables" in done.stdout
    assert "started task 0123abcd" in done.stderr
    assert "backup: Snapshot" in done.stderr


def test_a_program_reads_one_document(tier: Tier, now: Callable[..., Result]) -> None:
    backup = tier.take("source", at="2026-11-26T02:10:03")
    document = json.loads(now(Script(steps=[[]]), "--json").stdout)
    assert (document["backup"], document["rows"]) == (str(backup), 1_234_567)


def test_a_backup_that_the_task_names_and_that_is_not_there_is_not_replaced_by_another(
    tier: Tier, now: Callable[..., Result]
) -> None:
    tier.take("source", at="2026-11-26T02:10:03")
    lost = "2026-11-26T021004Z-4f1c2a"
    done = now(Script(steps=[[line("the backup is complete", backup=lost)]]))
    assert done.exit_code == 1
    assert f"says that it took {lost}" in done.stderr
    assert "rows" not in done.stdout


def test_a_task_that_fails_is_one_message(tier: Tier, now: Callable[..., Result]) -> None:
    assert tier
    done = now(Script(steps=[["the login backup is refused"]], exit_code=1))
    assert done.exit_code == 1
    assert "ended with code 1: the login backup is refused" in done.stderr
    assert "Traceback" not in done.output


def test_ctrl_c_ends_the_command_and_says_that_the_task_runs_on(
    tier: Tier, now: Callable[..., Result]
) -> None:
    assert tier

    def interrupt() -> None:
        raise KeyboardInterrupt

    done = now(Script(steps=[[]], at_look=interrupt))
    assert done.exit_code == 130
    assert "The task 0123abcd runs on." in done.stderr
    assert "datatier backup now --env dev --aws" in done.stderr


def test_a_tier_without_a_backup_task_is_one_message(tier: Tier, now: Callable[..., Result]) -> None:
    assert tier
    boto3.client("ssm", "us-east-1").delete_parameter(Name="/datatier/dev/backup/cluster")
    done = now(Script(steps=[]))
    assert done.exit_code == 1
    assert "/datatier/dev/backup/cluster is not there" in done.stderr
