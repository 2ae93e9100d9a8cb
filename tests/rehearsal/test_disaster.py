"""The runbook of disasters, walked through on a deployed tier of a million rows, backed up under writes.

The commands are those of docs/runbooks/disaster-recovery.md; what it types with `aws`, boto3 asks for here.
"""

import json
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.rehearsal.alarms import Ears, rule, until
from tests.rehearsal.backed_up import (
    BOOKED_BEFORE,
    HISTORY,
    BackedUp,
    booked,
    fingerprint,
    schema_of,
    through_the_pool,
)
from tests.rehearsal.deployed import ENVIRONMENT
from tests.rehearsal.test_lifecycle import INTERRUPTED, RUN
from tools.rehearsal import clouds
from tools.rehearsal.passing import fire_rule

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("rotation")]

BESIDE = "app_restored"
FROM_THE_REPLICA = (
    'exec "$0" -P -c "$1" backup restore --env prod --copy replica --at "$2" '
    '--to "postgresql://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE"'
)


def is_the_snapshot(tier: BackedUp, database: str | None = None) -> None:
    """Whether a database holds exactly what the one moment had, by sums that are not the backup's."""
    with tier.master(database) as connection:
        assert tier.booked_before <= booked(connection) <= tier.tried
        assert fingerprint(connection) == tier.static


def replica_bucket(tier: BackedUp) -> tuple[Any, str]:
    """Return the client of the recovery region, and the bucket there."""
    listed = tier.answer("backup", "list", "--copy", "replica")
    session: Any = clouds.session(listed["region"])
    return session.client("s3", endpoint_url=tier.deployed.cloud.endpoint), listed["bucket"]


def test_a_backup_under_writes_is_of_one_moment_and_whole_in_both_regions(backed_up: BackedUp) -> None:
    assert backed_up.taken["rows"] > BOOKED_BEFORE + HISTORY
    replica = backed_up.deployed.endpoints.postgres("backup", replica=True)
    assert backed_up.taken["source"] == replica.host
    regions = set[str]()
    for copy in ("source", "replica"):
        listed = backed_up.answer("backup", "list", "--copy", copy)
        regions.add(listed["region"])
        (found,) = [one for one in listed["backups"] if one["backup"] == backed_up.taken["backup"]]
        assert (found["problem"], found["other_copy_lacks_objects"]) == (None, 0)
        backed_up.command("backup", "verify", backed_up.taken["backup"], "--copy", copy)
    assert len(regions) == 2


def test_the_drill_restores_the_other_regions_copy_and_a_corrupted_one_fails_it_and_is_told(
    backed_up: BackedUp,
) -> None:
    ears = Ears.subscribed(backed_up.deployed)
    watch = rule(backed_up.deployed, field="Description", holds="how old are the backups")
    report = backed_up.answer("drill")
    assert (report["succeeded"], report["differences"]) == (True, [])
    assert report["rows"] == backed_up.taken["rows"]
    print(f"{report['rows']} rows, RPO {report['rpo_seconds']} s, RTO {report['rto_seconds']} s")  # noqa: T201  (what was proven)
    fire_rule(backed_up.deployed.tier, watch)
    ears.becomes("drill-failed", "OK")

    with spoiled(backed_up):
        # On this machine, as somebody does who wants to see it; its report counts as the task's does.
        out, err = backed_up.command("drill", "--here", code=1)
        assert "was altered" in out + err
        assert "Traceback" not in err
        fire_rule(backed_up.deployed.tier, watch)
        assert "runbooks/disaster-recovery.md" in ears.hear("drill-failed")["AlarmDescription"]
    backed_up.command("backup", "verify", backed_up.taken["backup"], "--copy", "replica")


@contextmanager
def spoiled(tier: BackedUp) -> Generator[None]:
    """Have one bit of the largest object of the other region's copy turned."""
    s3, bucket = replica_bucket(tier)
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"backups/app/{tier.taken['backup']}/data/")["Contents"]
    largest = max(found, key=lambda one: one["Size"])["Key"]
    good = s3.get_object(Bucket=bucket, Key=largest)["Body"].read()
    turned = bytearray(good)
    turned[len(turned) // 2] ^= 1
    s3.put_object(Bucket=bucket, Key=largest, Body=bytes(turned))
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=largest, Body=good)


def test_a_table_that_was_dropped_comes_back_alone(backed_up: BackedUp) -> None:
    run = backed_up.deployed.project.run
    assert run("psql", "--as", "migrator", "--env", "prod", "--", "-c", "DROP TABLE ledger")[0] == 0
    backed_up.command(
        "backup", "restore", "--to", "tier", "--tables", "public.ledger", "--at", backed_up.taken["backup"]
    )
    is_the_snapshot(backed_up)
    assert schema_of(backed_up.deployed) == backed_up.schema


def test_a_copy_beside_the_database_shows_what_it_was_also_after_ctrl_c(backed_up: BackedUp) -> None:
    def enter(statement: str) -> None:
        run = backed_up.deployed.project.run
        code, out, err = run("psql", "--as", "master", "--env", "prod", "--", "-c", statement)
        assert code == 0, out + err

    restore = ("backup", "restore", "--to", f"tier/{BESIDE}", "--at", backed_up.taken["backup"])
    enter(f"CREATE DATABASE {BESIDE}")
    try:
        with backed_up.master(BESIDE) as watching:
            found = "SELECT FROM pg_tables WHERE tablename = 'ledger'"
            said = interrupted(backed_up, *restore, when=lambda: watching.execute(found).rowcount == 1)
            assert "Drop that database" in said
            others = "SELECT FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            until(lambda: watching.execute(others, [BESIDE]).rowcount == 0, "the restore goes on")
        _, refusal = backed_up.command(*restore, code=1)
        assert "has not ended" in refusal

        enter(f"DROP DATABASE {BESIDE}")
        enter(f"CREATE DATABASE {BESIDE}")
        backed_up.command(*restore)
        is_the_snapshot(backed_up, BESIDE)
    finally:
        enter(f"DROP DATABASE {BESIDE}")


def test_ctrl_c_ends_a_drill_on_this_machine_and_leaves_nothing(backed_up: BackedUp) -> None:
    scratch = backed_up.deployed.project.layout.state / "drill"
    said = interrupted(backed_up, "drill", "--here", when=lambda: any(scratch.glob("*/**/postmaster.pid")))
    assert "nothing was reported" in said
    assert list(scratch.iterdir()) == []


def interrupted(tier: BackedUp, *arguments: str, when: Callable[[], bool]) -> str:
    """Start a command, press Ctrl-C `when` it is in the middle; return what it said."""
    process = tier.deployed.project.start(*arguments, "--env", ENVIRONMENT)
    until(lambda: when() or process.poll() is not None, "it has not come so far")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == INTERRUPTED, out + err
    assert "Traceback" not in err
    return err


def test_a_bucket_that_was_emptied_shows_its_backups_again(backed_up: BackedUp) -> None:
    s3 = backed_up.deployed.client("s3")
    bucket = backed_up.deployed.endpoints.parameter("backup/bucket")
    before = backed_up.answer("backup", "list")["backups"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="backups/")["Contents"]]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert backed_up.answer("backup", "list")["backups"] == []
    assert [one["backup"] for one in backed_up.answer("backup", "list", "--copy", "replica")["backups"]] == [
        one["backup"] for one in before
    ]
    markers = s3.list_object_versions(Bucket=bucket, Prefix="backups/")["DeleteMarkers"]
    s3.delete_objects(
        Bucket=bucket,
        Delete={"Objects": [{name: one[name] for name in ("Key", "VersionId")} for one in markers]},
    )
    assert [one["backup"] for one in backed_up.answer("backup", "list")["backups"]] == [
        one["backup"] for one in before
    ]


def test_a_key_whose_deletion_was_scheduled_is_kept(backed_up: BackedUp) -> None:
    kms = backed_up.deployed.client("kms")
    key = kms.describe_key(KeyId="alias/datatier/prod/database")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_lost_database_is_restored_from_the_other_region_and_applications_go_on(
    backed_up: BackedUp,
) -> None:
    run = backed_up.deployed.project.run
    code, out, err = run(
        "psql", "--as", "master", "--env", "prod", "--",
        "-d", "postgres", "-c", "DROP DATABASE app WITH (FORCE)", "-c", "CREATE DATABASE app",
    )  # fmt: skip
    assert code == 0, out + err
    python = str(backed_up.deployed.project.directory / ".venv" / "bin" / "python")
    code, out, err = run(
        "exec", "--as", "master", "--env", "prod", "--",
        "sh", "-c", FROM_THE_REPLICA, python, RUN, backed_up.taken["backup"],
    )  # fmt: skip
    assert code == 0, out + err
    assert "the same as in the backup" in out
    is_the_snapshot(backed_up)
    assert schema_of(backed_up.deployed) == backed_up.schema

    grants_again(backed_up)
    with through_the_pool(backed_up.deployed, backed_up.ca_path.with_name("pool.pem")) as connection:
        connection.execute("INSERT INTO ledger (amount) VALUES (0)")
        connection.execute("DELETE FROM ledger WHERE amount = 0")
    for login in ("readonly", "migrator", "monitor", "backup"):
        code, out, err = run("psql", "--as", login, "--env", "prod", "--", "-c", "SELECT 1")
        assert code == 0, f"{login}: {out}{err}"
    assert (
        json.loads(run("backup", "now", "--env", "prod", "--json")[1])["tables"]
        == (backed_up.taken["tables"])
    )


def grants_again(tier: BackedUp) -> None:
    """Have the bootstrap grant what belongs to a database and is in no backup of it."""
    stack = f"{tier.deployed.tier.prefix}bootstrap"
    resources = tier.deployed.client("cloudformation").describe_stack_resources(StackName=stack)
    (function,) = [
        one["PhysicalResourceId"]
        for one in resources["StackResources"]
        if one["ResourceType"] == "AWS::Lambda::Function" and one["LogicalResourceId"].startswith("Bootstrap")
    ]
    answer = tier.deployed.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps({"RequestType": "Update"})
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
