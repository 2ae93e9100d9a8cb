"""A command enters AWS only when it was asked to: whatever is up or has died on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tools.access.cloud import find
from tools.access.errors import NotDeployed
from tools.cli import app
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import EMULATOR, Records
from tools.rehearsal.tier import Tier

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return an empty state folder of the test's own."""
    monkeypatch.setenv("DATATIER_STATE", str(tmp_path))
    return Layout(state=tmp_path)


def bring_up(layout: Layout, environment: str) -> None:
    """Leave the records of a tier whose emulator is this very process."""
    layout.home.mkdir(parents=True)
    tier = Tier(environment=environment, region="eu-central-1", recovery_region="eu-west-1", port=4600)
    tier.save(layout.tier)
    Records(layout.processes).write(EMULATOR, os.getpid())


def test_the_rehearsal_that_is_up_is_entered(layout: Layout) -> None:
    bring_up(layout, "prod")
    found = find("prod", region="us-east-1", aws=False)
    assert (found.endpoint, found.region) == ("http://127.0.0.1:4600", "eu-central-1")


def test_aws_is_entered_when_it_is_asked_for_even_if_the_rehearsal_is_up(layout: Layout) -> None:
    bring_up(layout, "prod")
    assert find("prod", region="us-east-1", aws=True).endpoint is None


def test_another_environment_that_is_up_is_no_reason_to_enter_aws(layout: Layout) -> None:
    bring_up(layout, "dev")
    with pytest.raises(NotDeployed, match="prod is not up on this machine"):
        find("prod", region="us-east-1", aws=False)


@pytest.mark.parametrize("command", [["psql"], ["redis-cli"], ["exec", "--", "true"]])
def test_with_nothing_up_a_command_says_so_and_connects_nowhere(command: list[str]) -> None:
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "prod is not up on this machine" in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_environment_is_a_misuse() -> None:
    result = CliRunner().invoke(app, ["psql", "--env", "prd"])
    assert result.exit_code == 2
    assert "Did you mean 'prod'?" in result.stderr


def test_an_aws_profile_that_is_not_there_is_answered_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    result = CliRunner().invoke(app, ["psql", "--aws"])
    assert result.exit_code == 1
    assert "cannot ask prod in AWS, us-east-1: The config profile (no-such-profile)" in result.stderr


def test_a_record_that_cannot_be_read_is_a_misuse_and_no_traceback(layout: Layout) -> None:
    layout.home.mkdir(parents=True)
    layout.tier.write_text("{}")
    result = CliRunner().invoke(app, ["psql"])
    assert result.exit_code == 2
    assert "holds no record of a tier" in result.stderr


@pytest.mark.parametrize(
    ("command", "known"), [("psql", "migrator"), ("redis-cli", "admin"), ("exec", "app")]
)
def test_an_unknown_login_is_a_misuse_and_the_known_ones_are_named(command: str, known: str) -> None:
    result = CliRunner().invoke(app, [command, "--as", "nobody", "--", "true"])
    assert result.exit_code == 2
    assert "nobody" in result.stderr
    assert known in result.stderr


def test_with_another_environment_up_a_command_names_that_one(layout: Layout) -> None:
    bring_up(layout, "dev")
    result = CliRunner().invoke(app, ["psql"])
    assert result.exit_code == 1
    assert "--env dev enters it" in result.stderr
