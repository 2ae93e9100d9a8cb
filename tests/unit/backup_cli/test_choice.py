"""Which backup a person means: by its name, by a moment, or the newest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from containers.backup.errors import NoBackup
from lambdas.common.backup_layout import BackupId
from tools.backup.choice import Choice
from tools.backup.errors import WrongInput

MONDAY, TUESDAY = (BackupId(f"2026-11-{day}T021003Z-4f1c2a") for day in (23, 24))
FUTURE = BackupId("2099-01-01T000000Z-4f1c2a")
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
WHERE = "the bucket"


def chosen(text: str) -> list[BackupId]:
    return Choice.parse(text).candidates([MONDAY, TUESDAY, FUTURE], where=WHERE, now=NOW)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("newest", TUESDAY),
        (str(MONDAY), MONDAY),
        ("2026-11-24", MONDAY),
        ("2026-11-24T02:10:03", TUESDAY),
        ("2026-11-24T02:10:02Z", MONDAY),
        ("2026-11-24 03:10:03+01:00", TUESDAY),
        ("2026-11-24T02:10:03-05:00", TUESDAY),
    ],
)
def test_a_backup_is_chosen_by_name_by_moment_or_as_the_newest(text: str, best: BackupId) -> None:
    assert chosen(text)[0] == best


def test_of_a_moment_the_older_backups_stay_in_reserve() -> None:
    assert chosen("2026-12-01") == [TUESDAY, MONDAY]
    assert chosen("2026-11-01") == []


def test_a_backup_of_the_future_is_meant_by_its_name_alone() -> None:
    assert chosen(str(FUTURE)) == [FUTURE]
    assert chosen("2099-12-31") == [TUESDAY, MONDAY]
    with pytest.raises(NoBackup, match="named for the future"):
        Choice().candidates([FUTURE], where=WHERE, now=NOW)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-45T021003Z-4f1c2a", "2026-11-24T25:00", "NEWEST"])
def test_what_cannot_be_meant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WrongInput, match="2026-11-26T09:30"):
        chosen(text)


def test_a_name_that_is_not_there_is_answered_with_the_newest_that_is() -> None:
    with pytest.raises(NoBackup, match=str(TUESDAY)):
        chosen("2026-11-25T021003Z-4f1c2a")


def test_without_any_backup_the_command_that_takes_one_is_named() -> None:
    with pytest.raises(NoBackup, match="datatier backup now"):
        Choice().candidates([], where=WHERE, now=NOW)
