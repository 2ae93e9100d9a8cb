"""A person enters as the master at any moment of its rotation, with whichever password works then."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import boto3
import pytest
import typer
from moto import mock_aws
from psycopg import sql
from typer.testing import CliRunner

from lambdas.common.secrets_manager import CURRENT, PENDING
from tests.integration.rotation.ground import MASTER, STEPS, Ground
from tools.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_secretsmanager import SecretsManagerClient

    Enter = Callable[[], tuple[int, str]]


@pytest.fixture
def secrets(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SecretsManagerClient]:
    """Publish the tier in an account where nothing else is; return who keeps its secrets."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("DATATIER_STATE", str(tmp_path))
    server = ground.tier.database.server
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="us-east-1")
        arn = client.create_secret(Name=MASTER, SecretString=ground.tier.document(MASTER))["ARN"]
        facts = {
            "host": server.host,
            "port": str(server.port),
            "database": ground.tier.database.name,
            "ca": server.ca_path.read_text("ascii"),
            "secrets/master": arn,
        }
        parameters = boto3.client("ssm", region_name="us-east-1")
        for name, value in facts.items():
            parameters.put_parameter(Name=f"/datatier/dev/postgres/{name}", Value=value, Type="String")
        yield client


@pytest.fixture
def enter(secrets: SecretsManagerClient, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Return a function that copies the secret's versions to the account and runs psql as the master."""

    def become(_program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        done = subprocess.run(  # noqa: S603  (psql, as the command would become it)
            arguments, env=environment, capture_output=True, text=True, check=False
        )
        typer.echo(done.stdout + done.stderr)
        raise typer.Exit(done.returncode)

    monkeypatch.setattr(os, "execvpe", become)

    def enter() -> tuple[int, str]:
        for stage in (CURRENT, PENDING):
            text = ground.memory.read(MASTER, stage=stage)
            if text is not None:
                secrets.put_secret_value(SecretId=MASTER, SecretString=text, VersionStages=[stage])
        command = ["psql", "--env", "dev", "--aws", "--as", "master", "--", "-Atc", "SELECT current_user"]
        result = CliRunner().invoke(app, command)
        for stage in (CURRENT, PENDING):
            text = ground.memory.read(MASTER, stage=stage)
            assert text is None or json.loads(text)["password"] not in result.output
        return result.exit_code, result.output

    return enter


def test_a_person_enters_as_the_master_after_each_step_of_its_rotation(ground: Ground, enter: Enter) -> None:
    master = ground.tier.database.master_username
    token = ground.memory.begin(MASTER)
    for step in STEPS:
        ground.step(MASTER, step, token)
        code, output = enter()
        assert (code, output.split()[-1]) == (0, master), step


def test_a_master_whose_passwords_are_all_refused_is_told_in_one_message(
    ground: Ground, enter: Enter
) -> None:
    with ground.tier.admin() as connection:
        master = sql.Identifier(ground.tier.database.master_username)
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD 'by hand'").format(master))
    code, output = enter()
    assert code == 1
    assert "is refused" in output
    assert "Traceback" not in output
