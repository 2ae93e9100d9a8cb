"""`python -m containers.backup take`, as ECS runs it: the login from a secret, the backup into a bucket."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from containers.backup.s3_store import S3Store
from containers.backup.upload import PART_BYTES
from tests.integration.backup.store.faulty_s3 import FaultyS3
from tests.integration.rehearsal.emulated_aws import EmulatedAws, emulated_aws
from tests.sampling import sampled
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
    with start(taking, aws, **changes) as process:
        out, err = process.communicate(timeout=WAIT_SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start(taking: Taking, aws: EmulatedAws, **changes: str) -> subprocess.Popen[str]:
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
    return subprocess.Popen(
        [sys.executable, "-m", "containers.backup", "take"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables, cwd=repository_root(),
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


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_that_is_killed_at_any_call_of_s3_leaves_a_whole_backup_or_none(
    taking: Taking, aws: EmulatedAws, by: signal.Signals
) -> None:
    """S3 gets the call although the task is gone: the worst that a kill can do."""
    taking.run(SCHEMA)
    client: S3Client = aws.client("s3")
    bucket = f"backups-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=bucket)
    arn = aws.secrets.create_secret(Name=bucket, SecretString=taking.tier.document("backup"))["ARN"]
    store = S3Store(client, bucket=bucket, database=taking.tier.database.name)
    told = {"BUCKET": bucket, "LOGIN_SECRET_ARN": arn}
    with FaultyS3(aws.tier.endpoint) as proxy:
        assert run(taking, aws, AWS_ENDPOINT_URL_S3=proxy.url, **told).returncode == 0
    calls = proxy.faults.seen
    assert {"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"} <= set(calls)
    for at, call in sampled(list(enumerate(calls, start=1)), start=by):
        before = store.backups()
        with FaultyS3(aws.tier.endpoint) as proxy:
            proxy.faults.hold_at = at
            with start(taking, aws, AWS_ENDPOINT_URL_S3=proxy.url, **told) as task:
                assert proxy.faults.reached.wait(WAIT_SECONDS), f"{at}: {call}"
                task.send_signal(by)
                if by == signal.SIGKILL:
                    task.wait(WAIT_SECONDS)
                proxy.faults.let_go.set()
                out, err = task.communicate(timeout=WAIT_SECONDS)
        for backup in set(store.backups()) - set(before):
            for stored in store.manifest(backup).objects:
                assert sum(map(len, store.read(backup, stored))) == stored.stored_bytes
            assert at == len(calls)
        if by == signal.SIGTERM and at < len(calls):
            assert (task.returncode, err) == (143, "stopped before the end: nothing of it counts\n"), (
                f"{at}: {call}"
            )
            assert metrics(out)["BackupSucceeded"] == 0
            assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == [], f"{at}: {call}"


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
