"""The package as it is deployed: the handler, its secrets, the migrations beside it, and what it logs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.completion import ANSWER_SECONDS, DEPLOYMENT_SECONDS
from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.handler import is_complete
from lambdas.bootstrap.migrations.policy import Policy
from tests.integration.migrations.gates import held_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.bootstrap.tier import Tier

ROOT = Path(__file__).parents[3]
# Secrets Manager in the process itself; everything else is the deployed code.
PROGRAM = """
import json, os, sys
import boto3
from moto import mock_aws
with mock_aws():
    given = json.load(sys.stdin)
    client = boto3.client("secretsmanager")
    arns = {
        name: client.create_secret(Name=name, SecretString=text)["ARN"]
        for name, text in given["documents"].items()
    }
    os.environ["MASTER_SECRET_ARN"] = arns.pop("master")
    os.environ["LOGIN_SECRET_ARNS"] = json.dumps(arns)
    from lambdas.bootstrap import handler
    class Context:
        def get_remaining_time_in_millis(self):
            return given["milliseconds"]
    for event in given["events"]:
        print("ANSWER", json.dumps(getattr(handler, given["entry"])(event, Context())))
"""
FOURTEEN_MINUTES = 14 * 60
A_MOMENT = ANSWER_SECONDS + 1.0
"""What a call has left that waits for a build for one second."""

FIRST, INDEX, LAST = "1_first", "2_index", "3_last"
LONG = {INDEX: "CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);\n", LAST: "CREATE TABLE b (id int);\n"}
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"


@pytest.fixture
def asset(tier: Tier, tmp_path: Path) -> Path:
    """The zip's own files at their own places, trusting this machine's authority."""
    asset = tmp_path / "asset"
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("lambdas/common", "lambdas/bootstrap", "prisma/migrations"):
        shutil.copytree(ROOT / folder, asset / folder, ignore=ignore)
    shutil.copy(ROOT / "lambdas" / "__init__.py", asset / "lambdas")
    bundle = asset / "lambdas" / "common" / "certificates" / "rds.pem"
    bundle.parent.mkdir(exist_ok=True)
    shutil.copy(tier.database.server.ca_path, bundle)
    return asset


def invoke(
    tier: Tier,
    asset: Path,
    *events: Mapping[str, object],
    entry: str = "handler",
    seconds: float = FOURTEEN_MINUTES,
) -> subprocess.CompletedProcess[str]:
    """Call an entry with each event, every call with so many seconds left."""
    given = {
        "documents": {login: tier.document(login) for login in ("master", *LOGINS)},
        "events": events,
        "entry": entry,
        "milliseconds": int(seconds * 1000),
    }
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(asset),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "ENVIRONMENT": tier.name,
        "EXTENSIONS": json.dumps(tier.extensions),
        "IAM_LOGINS": json.dumps(tier.iam_logins),
        "MIGRATIONS": json.dumps(asdict(Policy())),
        "POWERTOOLS_SERVICE_NAME": "bootstrap",
    }
    return subprocess.run(  # noqa: S603  this Python and the program above
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(given),
        env=variables,
        cwd=asset,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def table(tier: Tier, asset: Path) -> dict[str, object]:
    """Deploy a package with the table `a`, put a long build into it; return the event that deploys it."""
    shutil.rmtree(asset / "prisma" / "migrations")
    write(asset, {FIRST: "CREATE TABLE a (id int);\n"})
    (answer,) = answers(invoke(tier, asset, event("Create")))
    write(asset, LONG)
    return event("Update", PhysicalResourceId=str(answer["PhysicalResourceId"]))


def write(asset: Path, scripts: Mapping[str, str]) -> None:
    for name, script in scripts.items():
        folder = asset / "prisma" / "migrations" / name
        folder.mkdir(parents=True)
        (folder / "migration.sql").write_text(script, encoding="utf-8")


def said(done: subprocess.CompletedProcess[str], error: str) -> str:
    """The message of the error that ended a call."""
    assert done.returncode != 0
    return done.stderr[done.stderr.rindex(f"{error}: ") + len(error) + 2 :]


def event(kind: str, **more: str) -> dict[str, object]:
    return {"RequestType": kind, "ResourceProperties": {"Environment": "dev", "ContentHash": "x"}, **more}


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("ANSWER ")]


def test_create_update_and_delete_keep_one_resource_and_the_data(tier: Tier, asset: Path) -> None:
    names = sorted(path.parent.name for path in (ROOT / "prisma" / "migrations").glob("*/migration.sql"))
    resource = "datatier-dev-bootstrap"
    done = invoke(
        tier,
        asset,
        event("Create"),
        event("Update", PhysicalResourceId=resource),
        event("Delete", PhysicalResourceId=resource),
    )
    assert done.returncode == 0, done.stderr
    assert answers(done) == [
        {"PhysicalResourceId": resource, "Data": {"Latest": names[-1]}},
        {"PhysicalResourceId": resource, "Data": {"Latest": names[-1]}},
        {"PhysicalResourceId": resource},
    ]
    assert tier.applied() == names


def test_the_log_names_migrations_and_no_password(tier: Tier, asset: Path) -> None:
    done = invoke(tier, asset, event("Create"))
    assert '"message":"Migration applied"' in done.stdout
    for secret in (*tier.passwords.values(), tier.database.master_password):
        assert secret not in done.stdout + done.stderr
        assert json.dumps(secret)[1:-1] not in done.stdout + done.stderr


def test_a_failure_is_raised_with_the_file_and_line_first(tier: Tier, asset: Path) -> None:
    broken = asset / "prisma" / "migrations" / "99991231000000_broken"
    broken.mkdir()
    (broken / "migration.sql").write_text("SELECT 1;\nSELEC 2;\n", encoding="utf-8")
    message = said(invoke(tier, asset, event("Create")), "MigrationFailed")
    assert "99991231000000_broken/migration.sql:2:1: syntax error" in message[:300]


def test_where_nothing_is_built_the_second_call_is_done_without_looking_at_anything() -> None:
    class NeverAsked:
        def get_remaining_time_in_millis(self) -> int:
            raise AssertionError

    for kind in ("Create", "Update", "Delete"):
        # This process has none of the function's variables: a bootstrap would fail for want of them.
        assert is_complete({"RequestType": kind, "PhysicalResourceId": "x"}, NeverAsked()) == {
            "IsComplete": True
        }


def test_a_build_longer_than_a_call_is_watched_by_the_next_ones_and_what_follows_is_applied(
    tier: Tier, asset: Path, table: dict[str, object]
) -> None:
    with held_open(tier, "INSERT INTO a VALUES (1)") as writer:
        began = time.time()
        first = invoke(tier, asset, table, seconds=A_MOMENT)
        assert time.time() - began < A_MOMENT
        (answer,) = answers(first)
        assert int(began) <= int(str(answer["WaitingSince"])) <= time.time()
        assert answer.keys() == {"PhysicalResourceId", "WaitingSince"}
        asked = {**table, **answer}
        again = invoke(tier, asset, asked, entry="is_complete", seconds=A_MOMENT)
        assert answers(again) == [{"IsComplete": False}]
        for done in (first, again):
            assert '"phase":"waiting for writers before build"' in done.stdout
        assert tier.applied() == [FIRST]
        writer.execute("COMMIT")
    last = invoke(tier, asset, asked, entry="is_complete")
    assert answers(last) == [{"IsComplete": True, "Data": {"Latest": LAST}}]
    assert tier.applied() == [FIRST, INDEX, LAST]
    assert tier.column(VALID) == ["True"]


def test_when_the_hour_is_over_the_build_goes_on_and_the_next_deployment_records_it(
    tier: Tier, asset: Path, table: dict[str, object]
) -> None:
    former = shutil.copytree(asset, asset.with_name("former"))
    for name in LONG:
        shutil.rmtree(former / "prisma" / "migrations" / name)
    with held_open(tier, "INSERT INTO a VALUES (1)") as writer:
        (answer,) = answers(invoke(tier, asset, table, seconds=A_MOMENT))
        # Another whole call would just not fit.
        since = int(time.time() - DEPLOYMENT_SECONDS + 2 * A_MOMENT)
        asked = {**table, **answer, "WaitingSince": since}
        ended = invoke(tier, asset, asked, entry="is_complete", seconds=A_MOMENT)
        message = said(ended, "BuildGoesOn")
        assert message.startswith(
            "only the deployment ends here; the index build goes on in the database and"
        )
        assert f"migration {INDEX} is building i (waiting for writers before build" in message[:300]
        # CloudFormation rolls back: the former package with the former properties.
        (rolled_back,) = answers(invoke(tier, former, table, seconds=A_MOMENT))
        assert rolled_back["Data"] == {"Latest": FIRST}
        writer.execute("COMMIT")
    (deployed,) = answers(invoke(tier, asset, table))
    assert deployed["Data"] == {"Latest": LAST}
    assert tier.applied() == [FIRST, INDEX, LAST]
    assert tier.column(VALID) == ["True"]


def test_a_build_that_fails_after_the_first_call_fails_the_deployment_with_the_servers_message(
    tier: Tier, asset: Path, table: dict[str, object]
) -> None:
    with tier.admin() as connection:
        connection.execute("INSERT INTO a VALUES (1), (1)")
    with held_open(tier, "INSERT INTO a VALUES (2)") as writer:
        (answer,) = answers(invoke(tier, asset, table, seconds=A_MOMENT))
        writer.execute("COMMIT")
    done = invoke(tier, asset, {**table, **answer}, entry="is_complete")
    message = said(done, "MigrationFailed")
    assert message.startswith(f"P3018: migration {INDEX}")
    assert "could not create unique index" in message[:300]
    assert tier.applied() == [FIRST]
