"""The names of backups: what is one, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.backup_layout import BackupId, newest_first

NAME = "2026-11-26T021003Z-4f1c2a"


def test_a_name_tells_when_its_backup_was_begun() -> None:
    assert BackupId.parse(NAME).moment == datetime(2026, 11, 26, 2, 10, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "newest", "2026-11-26", NAME.upper(), f"{NAME}0", "2026-13-26T021003Z-4f1c2a"]
)
def test_what_names_no_moment_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no backup's name: one looks like"):
        BackupId.parse(text)


def test_the_newest_comes_first_and_neither_the_future_nor_another_folder_is_a_backup() -> None:
    now = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
    older, newer, soon, future = (
        str(BackupId.new(now + timedelta(minutes=minutes))) for minutes in (-1440, -1, 59, 61)
    )
    found = newest_first([older, future, "tmp", soon, newer], now=now)
    assert [str(one) for one in found] == [soon, newer, older]
