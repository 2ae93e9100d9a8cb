"""The package as it is deployed: the handler, its secrets, the migrations beside it, and what it logs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.migrations.policy import Policy

if TYPE_CHECKING:
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
    from lambdas.bootstrap.handler import handler
    for event in given["events"]:
        print("ANSWER", json.dumps(handler(event, None)))
"""


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


def invoke(tier: Tier, asset: Path, *events: dict[str, object]) -> subprocess.CompletedProcess[str]:
    given = {
        "documents": {login: tier.document(login) for login in ("master", *LOGINS)},
        "events": events,
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
        {"PhysicalResourceId": resource, "Data": {"Applied": len(names), "Latest": names[-1]}},
        {"PhysicalResourceId": resource, "Data": {"Applied": 0, "Latest": names[-1]}},
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
    done = invoke(tier, asset, event("Create"))
    assert done.returncode != 0
    message = done.stderr[done.stderr.rindex("MigrationFailed: ") :]
    assert "99991231000000_broken/migration.sql:2:1: syntax error" in message[:300]
