"""A drill's report: of a good backup, a bad one, of a drill that came nowhere, and of migrations."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from containers.backup.drill.report import Lock, Report, Trial, Tried, encode, encode_start

BEGUN = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
GOOD = Report(
    backup="2026-11-26T021003Z-4f1c2a",
    started_at=BEGUN,
    finished_at=BEGUN + timedelta(minutes=7),
    rpo_seconds=6597.00049,
    rto_seconds=412.5,
    rows=1_000_000,
    restored_bytes=5_000,
)


def said(report: Report) -> dict[str, Any]:
    """The document, read."""
    return json.loads(encode(report))


def test_a_good_drill_says_what_was_restored_and_how_fast() -> None:
    assert said(GOOD) == {
        "format": 1,
        "backup": "2026-11-26T021003Z-4f1c2a",
        "succeeded": True,
        "started_at": "2026-11-26T04:00:00+00:00",
        "finished_at": "2026-11-26T04:07:00+00:00",
        "rpo_seconds": 6597.0,
        "rto_seconds": 412.5,
        "rows": 1_000_000,
        "restored_bytes": 5_000,
        "differences": [],
        "remarks": [],
        "migrations": None,
        "migrations_error": None,
        "error": None,
    }


def test_any_difference_is_a_failure() -> None:
    report = said(replace(GOOD, differences=("table public.users: 3 rows instead of 4",)))
    assert report["succeeded"] is False
    assert report["differences"] == ["table public.users: 3 rows instead of 4"]


def test_an_error_is_a_failure_even_without_a_difference() -> None:
    report = said(Report(backup=None, started_at=BEGUN, finished_at=BEGUN, error="there is no backup"))
    assert (report["succeeded"], report["error"], report["backup"]) == (False, "there is no backup", None)
    assert report["rpo_seconds"] is report["rto_seconds"] is report["rows"] is None


def test_a_migration_that_fails_takes_nothing_back_from_the_backup() -> None:
    tried = Tried(name="20270101000000_a", seconds=1.25, locks=(Lock(table="public.users", mode="SHARE"),))
    report = said(replace(GOOD, trial=Trial(migrations=(tried,), error="P3018: division by zero")))
    assert report["succeeded"] is True
    assert report["migrations_error"] == "P3018: division by zero"
    assert report["migrations"] == [
        {
            "name": "20270101000000_a",
            "seconds": 1.25,
            "locks": [{"table": "public.users", "mode": "SHARE"}],
        }
    ]


def test_no_pending_migration_is_told_apart_from_none_tried() -> None:
    assert said(replace(GOOD, trial=Trial(migrations=())))["migrations"] == []
    assert said(GOOD)["migrations"] is None


def test_names_of_any_alphabet_stay_readable() -> None:
    assert "Übersicht" in encode(replace(GOOD, differences=("Übersicht",))).decode()


def test_times_are_utc_wherever_it_ran() -> None:
    elsewhere = BEGUN.astimezone(timezone(timedelta(hours=-8)))
    assert json.loads(encode_start(elsewhere)) == {"format": 1, "started_at": "2026-11-26T04:00:00+00:00"}


def test_a_report_judges_the_backup_if_it_was_compared_or_is_unsound_by_itself() -> None:
    assert GOOD.judges
    assert replace(GOOD, differences=("one",), error="it differs").judges
    assert replace(GOOD, error="an object is missing", unsound=True).judges
    assert not replace(GOOD, error="the disk is full").judges
