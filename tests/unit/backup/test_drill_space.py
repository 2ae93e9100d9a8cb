"""Whether a disk holds a restored database, and what a person is told when it does not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from containers.backup.drill import space
from containers.backup.errors import SpaceLacking

if TYPE_CHECKING:
    from pathlib import Path


def test_a_restore_needs_more_than_the_database_itself() -> None:
    assert space.needed_bytes(0) == space.RESERVE_BYTES
    assert space.needed_bytes(100 * 1024**3) == 130 * 1024**3 + space.RESERVE_BYTES


def test_a_disk_that_is_large_enough_is_accepted(tmp_path: Path) -> None:
    space.require(tmp_path, database_bytes=8 * 1024**2)


def test_a_disk_that_is_too_small_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpaceLacking) as refused:
        space.require(tmp_path, database_bytes=shutil.disk_usage(tmp_path).total)
    message = str(refused.value)
    assert str(tmp_path) in message
    assert "GiB" in message
    assert "backup.drill_disk_gib, up to 200" in message
    assert "restore testing" in message
