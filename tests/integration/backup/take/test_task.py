"""`python -m containers.backup take`, as ECS runs it: the login from a secret, the backup into a bucket."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from containers.backup.s3_store import S3Store
from containers.backup.upload import PART_BYTES
from tests.integration.rehearsal.emulated_aws import EmulatedAws, emulated_aws
from tools.state import repository_root, state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.integration.backup.take.taking import Taking

WAIT_SECONDS = 120.0
SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, body bytea);
INSERT INTO items SELECT n, sha512(random()::text::bytea) || sha512(random()::text::bytea)
  FROM generate_series(1, 150000) n;
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[EmulatedAws]:
    with emulated_aws(state_directory() / "emulators") as running:
        yield running


def run(taking: Taking, aws: EmulatedAws, **changes: str) -> subprocess.CompletedProcess[str]:
    variables = taking.variables() | {
        "STREAMS": "2",
        "CHUNK_MIB": "1024",
        "METRICS_NAMESPACE": "datatier/test",
        "AWS_ENDPOINT_URL": aws.tier.endpoint,
        "AWS_DEFAULT_REGION": aws.tier.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-m", "containers.backup", "take"],
        capture_output=True, text=True, check=False, env=variables, timeout=WAIT_SECONDS,
        cwd=repository_root(),
    )  # fmt: skip


def metrics(said: str) -> dict[str, float]:
    """Every figure of the metrics among the lines of a log."""
    lines = [json.loads(line) for line in said.splitlines()]
    found: dict[str, float] = {}
    for line in lines:
        for one in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert one["Namespace"] == "datatier/test"
            found |= {metric["Name"]: line[metric["Name"]] for metric in one["Metrics"]}
    return found


def test_a_task_puts_a_backup_into_its_bucket_and_says_so(taking: Taking, aws: EmulatedAws) -> None:
    taking.run(SCHEMA)
    client: S3Client = aws.client("s3")
    bucket = f"backups-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=bucket)
    arn = aws.secrets.create_secret(Name=bucket, SecretString=taking.tier.document("backup"))["ARN"]

    done = run(taking, aws, BUCKET=bucket, LOGIN_SECRET_ARN=arn)

    assert (done.returncode, done.stderr) == (0, "")
    store = S3Store(client, bucket=bucket, database=taking.tier.database.name)
    (backup,) = store.backups()
    manifest = store.manifest(backup)
    (items,) = [table for table in manifest.tables if table.name == "items"]
    assert items.rows == 150_000
    assert items.chunks[0].stored_bytes > PART_BYTES
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["facts"]["backup"] == str(backup)
    assert last["facts"]["rows"] == manifest.rows
    figures = metrics(done.stdout)
    assert figures["BackupSucceeded"] == 1
    assert figures["BackupStoredBytes"] == manifest.stored_bytes
    assert figures["BackupDurationSeconds"] > 0
    assert taking.tier.passwords["backup"] not in done.stdout
    for stored in manifest.objects:
        assert sum(map(len, store.read(backup, stored))) == stored.stored_bytes


@pytest.mark.parametrize("missing", ["secret", "bucket", "server"])
def test_what_a_task_lacks_is_one_line_and_a_failure_that_is_told(
    taking: Taking, aws: EmulatedAws, missing: str
) -> None:
    client: S3Client = aws.client("s3")
    name = f"backups-{secrets.token_hex(6)}"
    if missing != "bucket":
        client.create_bucket(Bucket=name)
    if missing != "secret":
        aws.secrets.create_secret(Name=name, SecretString=taking.tier.document("backup"))
    host = taking.tier.database.server.host if missing != "server" else "127.255.255.254"

    done = run(taking, aws, BUCKET=name, LOGIN_SECRET_ARN=name, PRIMARY_HOST=host)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert metrics(done.stdout) == {"BackupSucceeded": 0}
    assert taking.tier.passwords["backup"] not in done.stdout + done.stderr
    assert taking.left() == []
