"""`datatier backup verify` reads everything, names each object that is not as written, and exits with 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from lambdas.common.backup_layout import MANIFEST, data, prefix_of
from tests.unit.backup_cli.tier import ARGUMENTS, BUCKETS, DATABASE, Tier
from tools.cli import app

if TYPE_CHECKING:
    from lambdas.common.backup_layout import BackupId


def verified(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", "verify", *ARGUMENTS, *arguments])


def overwrite(tier: Tier, copy: str, backup: BackupId, key: str, body: bytes) -> None:
    whole = prefix_of(DATABASE, backup) + key
    tier.clients[copy].put_object(Bucket=BUCKETS[copy], Key=whole, Body=body)


def test_a_whole_backup_is_said_to_be_as_written(tier: Tier) -> None:
    backup = tier.take("source", "replica", at="2026-11-24T02:10:03", chunks=5)
    for copy in ("source", "replica"):
        done = verified("--copy", copy)
        assert done.exit_code == 0, done.output
        assert f"{backup}: 6 objects" in done.stdout


def test_every_object_that_is_wrong_is_named_and_the_exit_code_is_1(tier: Tier) -> None:
    backup = tier.take("source", at="2026-11-24T02:10:03", chunks=4)
    overwrite(tier, "source", backup, data(2), b"rowz 1")
    overwrite(tier, "source", backup, data(3), b"row")
    gone = prefix_of(DATABASE, backup) + data(4)
    tier.clients["source"].delete_object(Bucket=BUCKETS["source"], Key=gone)
    done = verified(str(backup))
    assert done.exit_code == 1
    assert [number for number in (1, 2, 3, 4) if data(number) in done.stderr] == [2, 3, 4]
    assert "Traceback" not in done.output
    document = json.loads(verified(str(backup), "--json").stdout)
    assert len(document["problems"]) == 3


def test_a_moment_is_answered_with_the_newest_backup_before_it(tier: Tier) -> None:
    older = tier.take("source", at="2026-11-24T02:10:03")
    tier.take("source", at="2026-11-25T02:10:03")
    assert str(older) in verified("2026-11-24T12:00").stdout
    late = verified("2026-11-01")
    assert late.exit_code == 1
    assert f"the oldest is {older}" in late.stderr


def test_an_altered_manifest_is_no_backup(tier: Tier) -> None:
    backup = tier.take("source", at="2026-11-24T02:10:03")
    overwrite(tier, "source", backup, MANIFEST, b'{"format": 1, "backup": {}, "sha256": ""}')
    done = verified()
    assert done.exit_code == 1
    assert "was altered" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["yesterday"], 2, "'yesterday' is neither a backup's name"),
        (["2026-11-24T021003Z-ffffff"], 1, "there is no complete backup 2026-11-24T021003Z-ffffff"),
        (["--streams", "0"], 2, "--streams"),
    ],
)
def test_what_names_no_backup_is_one_message(
    tier: Tier, arguments: list[str], code: int, message: str
) -> None:
    tier.take("source", at="2026-11-24T02:10:03")
    done = verified(*arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_without_a_backup_the_command_that_takes_one_is_named(tier: Tier) -> None:
    assert tier
    done = verified()
    assert done.exit_code == 1
    assert "datatier backup now" in done.stderr
