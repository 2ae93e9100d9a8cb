"""What alarms look at: ages, what is not copied yet, and what a drill has shown; decided without a bucket."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.backup_layout import BackupId
from lambdas.watch_backups.drills import Drill, back_to_success, read_report
from lambdas.watch_backups.readings import NEVER_HOURS, Figure, backup_age, drill_figures, pending

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def drill(*, hours_ago: float, succeeded: bool | None, rto: object = 60, rpo: object = 3600) -> Drill:
    """Return a drill that ended well, badly, or (None) has no report."""
    document = {"format": 1, "succeeded": succeeded, "rto_seconds": rto, "rpo_seconds": rpo}
    return Drill(began_at=NOW - timedelta(hours=hours_ago), report=None if succeeded is None else document)


def figures(*newest: Drill) -> dict[str, float]:
    return {one.name: one.value for one in drill_figures(newest, now=NOW, hours=4)}


def test_a_backup_is_as_old_as_its_beginning() -> None:
    backup = BackupId("2026-11-26T020000Z-4f1c2a")
    assert backup_age(backup, copy="source", now=NOW) == Figure(
        name="BackupAgeHours", value=10, copy="source"
    )


def test_without_any_backup_the_age_is_beyond_every_threshold() -> None:
    assert backup_age(None, copy="replica", now=NOW).value == NEVER_HOURS


def test_only_what_the_source_has_can_be_pending() -> None:
    assert pending(frozenset("abc"), frozenset("cd")).value == 2


def test_a_drill_that_succeeded_tells_its_age_and_its_times() -> None:
    assert figures(drill(hours_ago=24, succeeded=True)) == {
        "DrillAgeHours": 24,
        "DrillFailed": 0,
        "MeasuredRtoSeconds": 60,
        "MeasuredRpoSeconds": 3600,
    }


def test_a_drill_that_failed_fails_and_the_age_is_that_of_the_last_good_one() -> None:
    found = figures(drill(hours_ago=1, succeeded=False, rto=None), drill(hours_ago=169, succeeded=True))
    assert (found["DrillFailed"], found["DrillAgeHours"]) == (1, 169)
    assert "MeasuredRtoSeconds" not in found
    assert found["MeasuredRpoSeconds"] == 3600


def test_a_drill_that_still_runs_leaves_the_result_before_it() -> None:
    running = drill(hours_ago=1, succeeded=None)
    assert figures(running, drill(hours_ago=168, succeeded=False))["DrillFailed"] == 1
    assert figures(running, drill(hours_ago=168, succeeded=True))["DrillFailed"] == 0
    assert figures(running)["DrillFailed"] == 0


def test_a_drill_that_never_reports_has_failed_after_so_many_hours() -> None:
    lost = drill(hours_ago=4.1, succeeded=None)
    assert figures(lost, drill(hours_ago=168, succeeded=True))["DrillFailed"] == 1


def test_without_any_drill_the_age_alone_raises_the_alarm() -> None:
    assert figures() == {"DrillAgeHours": NEVER_HOURS, "DrillFailed": 0}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        json.dumps({"format": 2, "succeeded": True}).encode(),
        b'{"succeeded": true}',
    ],
)
def test_a_report_that_cannot_be_read_is_one_of_a_drill_that_failed(document: bytes) -> None:
    broken = Drill(began_at=NOW - timedelta(hours=1), report=read_report(document))
    assert figures(broken)["DrillFailed"] == 1


@pytest.mark.parametrize("value", [None, "60", True, []])
def test_a_figure_that_is_no_number_is_not_published(value: object) -> None:
    assert "MeasuredRtoSeconds" not in figures(drill(hours_ago=1, succeeded=True, rto=value))


def test_no_drill_older_than_the_last_good_one_is_looked_at() -> None:
    def all_of_them() -> object:
        yield drill(hours_ago=1, succeeded=False)
        yield drill(hours_ago=169, succeeded=True)
        pytest.fail("an older drill was read")

    assert len(back_to_success(all_of_them())) == 2  # pyright: ignore[reportArgumentType]  (a generator)
