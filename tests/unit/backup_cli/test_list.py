"""`datatier backup list` shows what can be restored, and what the other region has of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from lambdas.common.backup_layout import MANIFEST, data, prefix_of
from tests.unit.backup_cli.tier import ARGUMENTS, BUCKETS, DATABASE, RECOVERY, Tier
from tools.cli import app

if TYPE_CHECKING:
    from lambdas.common.backup_layout import BackupId


def listed(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", "list", *ARGUMENTS, *arguments])


def document(*arguments: str) -> dict[str, Any]:
    done = listed("--json", *arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def remove(tier: Tier, copy: str, backup: BackupId, key: str) -> None:
    tier.clients[copy].delete_object(Bucket=BUCKETS[copy], Key=prefix_of(DATABASE, backup) + key)


def test_each_complete_backup_is_a_line_of_a_table_that_fits_a_terminal(tier: Tier) -> None:
    older = tier.take("source", "replica", at="2026-11-24T02:10:03")
    newer = tier.take("source", at="2026-11-25T02:10:03", chunks=2)
    done = listed()
    assert done.exit_code == 0
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[1:])
    assert done.stdout.index(str(newer)) < done.stdout.index(str(older))
    lines = {
        one: line for line in done.stdout.splitlines() for one in (str(older), str(newer)) if one in line
    }
    assert "1,234,567" in lines[str(older)]
    assert lines[str(older)].rstrip().endswith("yes")
    assert "4 missing" in done.stdout
    assert "replica-1, 15.18" in done.stdout


def test_an_incomplete_backup_is_counted_and_not_shown(tier: Tier) -> None:
    half = tier.take("source", at="2026-11-25T02:10:03", whole=False)
    done = listed()
    assert str(half) not in done.stdout
    assert "One backup is incomplete" in done.stdout
    assert "datatier backup now" in done.stdout
    assert document()["incomplete"] == 1


def test_a_program_reads_names_sizes_and_the_state_of_the_other_copy(tier: Tier) -> None:
    older = tier.take("source", "replica", at="2026-11-24T02:10:03")
    newer = tier.take("source", "replica", at="2026-11-25T02:10:03", chunks=2)
    remove(tier, "replica", newer, data(2))
    first, second = document()["backups"]
    assert (first["backup"], second["backup"]) == (str(newer), str(older))
    assert (first["other_copy"], first["other_copy_lacks_objects"]) == ("incomplete", 1)
    assert second["other_copy"] == "complete"
    assert (second["rows"], second["tables"], second["server_version"]) == (1_234_567, 1, 150018)
    assert second["stored_bytes"] == len(b"the schema") + len(b"rows 0")


def test_the_replica_is_shown_when_everything_in_the_primary_s_region_is_lost(tier: Tier) -> None:
    backup = tier.take("replica", at="2026-11-24T02:10:03")
    ssm = boto3.client("ssm", "us-east-1")
    for one in ssm.get_parameters_by_path(Path="/datatier/dev", Recursive=True)["Parameters"]:
        ssm.delete_parameter(Name=one.get("Name", ""))
    found = document("--copy", "replica")
    assert (found["bucket"], found["region"]) == (BUCKETS["replica"], RECOVERY)
    assert [one["backup"] for one in found["backups"]] == [str(backup)]
    assert found["backups"][0]["other_copy"] == "unknown"
    assert "no backups in S3" in found["other_copy_problem"]
    assert "The source was not looked at" in listed("--copy", "replica").stdout


def test_a_manifest_that_was_altered_is_shown_as_what_it_is(tier: Tier) -> None:
    backup = tier.take("source", at="2026-11-24T02:10:03")
    key = prefix_of(DATABASE, backup) + MANIFEST
    tier.clients["source"].put_object(Bucket=BUCKETS["source"], Key=key, Body=b"{}")
    done = listed()
    assert done.exit_code == 0
    assert str(backup) in done.stdout
    assert "it was cut off or altered" in done.stdout
    assert document()["backups"][0]["rows"] is None


@pytest.mark.usefixtures("nothing")
def test_where_nothing_is_deployed_one_message_says_so() -> None:
    done = listed()
    assert done.exit_code == 1
    assert "/datatier/dev/backup/bucket is not there" in done.stderr
    assert "Traceback" not in done.output


def test_a_bucket_that_is_gone_is_one_message(tier: Tier) -> None:
    tier.clients["source"].delete_bucket(Bucket=BUCKETS["source"])
    done = listed()
    assert done.exit_code == 1
    assert "NoSuchBucket" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("arguments", [["--copy", "third"], ["--env", "prd"]])
def test_misuse_is_said_and_exits_with_2(tier: Tier, arguments: list[str]) -> None:
    assert tier
    done = listed(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
