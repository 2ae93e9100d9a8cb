"""`datatier drill` runs the recovery region's task and shows what it found; a failed drill exits with 1."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from containers.backup.drill.report import Lock, Report, Trial, Tried, encode
from lambdas.common.backup_layout import drill_prefix
from tests.unit.backup_cli.scripted_ecs import Script, play
from tests.unit.backup_cli.tier import ARGUMENTS, BUCKETS, DATABASE, Tier
from tools.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def drill(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return what runs the command over a script's ECS, looking at it often."""

    def run(script: Script, *arguments: str) -> Result:
        play(script, monkeypatch)
        return CliRunner().invoke(app, ["drill", *ARGUMENTS, *arguments])

    return run


def put(tier: Tier, *, began: datetime | None = None, **more: object) -> None:
    """Leave a report, of a drill that began now unless it is said."""
    began = began or datetime.now(tz=UTC)
    known: dict[str, object] = {
        "backup": "2026-11-29T021003Z-4f1c2a", "started_at": began, "finished_at": began,
        "rpo_seconds": 13_800.0, "rto_seconds": 61.5, "rows": 1_234_567, "restored_bytes": 3 * 2**30,
    }  # fmt: skip
    body = encode(Report(**{**known, **more}))  # pyright: ignore[reportArgumentType]  (a test's mixture)
    key = drill_prefix(DATABASE, began) + "report.json"
    tier.clients["replica"].put_object(Bucket=BUCKETS["replica"], Key=key, Body=body)


def test_a_drill_that_succeeds_shows_rpo_rto_and_what_the_migrations_lock(
    tier: Tier, drill: Callable[..., Result]
) -> None:
    locks = (Lock(table="public.orders", mode="ACCESS EXCLUSIVE"), Lock(table="public.users", mode="SHARE"))
    tried = Tried(name="20261201090000_orders_by_customer", seconds=2.25, locks=locks)
    put(tier, trial=Trial(migrations=(tried,)), remarks=("the locale is another",))
    done = drill(Script(steps=[[]]))
    assert done.exit_code == 0, done.output
    for shown in ("4 h", "62 s", "1,234,567 rows, 3.0 GiB", "ACCESS EXCLUSIVE on public.orders", "2.2 s"):
        assert shown in done.stdout
    assert "20261201090000_orders_by_customer" in done.stdout
    assert "the locale is another" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_every_difference_of_a_failed_drill_is_shown_and_the_exit_code_is_1(
    tier: Tier, drill: Callable[..., Result]
) -> None:
    put(tier, differences=("public.users: 9 rows, 10 in the backup", "index users_pkey is missing"))
    done = drill(Script(steps=[["two differences"]], exit_code=1))
    assert done.exit_code == 1
    assert "differs: public.users: 9 rows, 10 in the backup" in done.stdout
    assert "differs: index users_pkey is missing" in done.stdout
    assert json.loads(drill(Script(steps=[[]], exit_code=1), "--json").stdout)["succeeded"] is False


def test_a_task_that_left_no_report_says_why_itself(tier: Tier, drill: Callable[..., Result]) -> None:
    put(tier, began=datetime.now(tz=UTC) - timedelta(days=7))
    done = drill(Script(steps=[["BUCKET is not set"]], exit_code=1))
    assert done.exit_code == 1
    assert "ended with code 1: BUCKET is not set" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("nothing")
def test_where_no_drill_is_deployed_one_message_says_so(drill: Callable[..., Result]) -> None:
    done = drill(Script(steps=[]))
    assert done.exit_code == 1
    assert "us-west-2 has no copy of the backups and no drills" in done.stderr
