"""The names of backups: what is one, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lambdas.common.backup_layout import BackupId

NAME = "2026-11-26T021003Z-4f1c2a"


def test_a_name_tells_when_its_backup_was_begun() -> None:
    assert BackupId.parse(NAME).moment == datetime(2026, 11, 26, 2, 10, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "newest", "2026-11-26", NAME.upper(), f"{NAME}0", "2026-13-26T021003Z-4f1c2a"]
)
def test_what_names_no_moment_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no backup's name: one looks like"):
        BackupId.parse(text)
