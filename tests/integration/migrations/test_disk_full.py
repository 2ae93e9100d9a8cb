"""A disk that is full in the middle of a script: said with its SQLSTATE, and with room the next run ends."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import MigrationFailed
from tests.integration.migrations.migrating import apply
from tools.servers.accounts import hand_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.ground import Ground

SMALL_MEGABYTES = 24
LARGE_MEGABYTES = 200
FILLING = "INSERT INTO a SELECT repeat('x', 1000) FROM generate_series(1, 40000);"


@pytest.fixture
def disk(servers_directory: Path) -> Iterator[Path]:
    """Return a folder on a small disk of the test's own."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk to fill")
    folder = servers_directory / "small-disk"
    folder.mkdir()
    mounted = subprocess.run(  # noqa: S603  the system's own program, no shell
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_MEGABYTES}m", "none", folder],  # noqa: S607  wherever the system keeps it
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"this machine lets nobody mount a disk: {mounted.stderr.strip()}")
    hand_over(folder)
    folder.chmod(0o700)
    yield folder
    subprocess.run(["umount", folder], check=True)  # noqa: S603, S607  as above
    folder.rmdir()


@pytest.fixture
def on_disk(ground: Ground, disk: Path, tmp_path: Path) -> Iterator[Tier]:
    """Return a database whose files are on the small disk."""
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    ground.admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
    with ground.fresh(migrations, tablespace="small") as tier:
        yield tier
    ground.admin.execute("DROP TABLESPACE small")


@pytest.fixture
def enlarge(disk: Path) -> Callable[[], None]:
    """Return what gives the disk more room."""

    def remount() -> None:
        subprocess.run(  # noqa: S603  the system's own program, no shell
            ["mount", "-o", f"remount,size={LARGE_MEGABYTES}m", disk],  # noqa: S607  wherever the system keeps it
            check=True,
        )

    return remount


def test_a_full_disk_is_named_and_the_run_finishes_when_there_is_room(
    on_disk: Tier, enlarge: Callable[[], None]
) -> None:
    on_disk.write(
        {
            "1_table": "CREATE TABLE a (body text);",
            "2_fill": f"CREATE TABLE b (id int);\n{FILLING}",
            "3_last": "CREATE TABLE c (id int);",
        }
    )
    with pytest.raises(MigrationFailed, match=r"2_fill/migration\.sql:2:1: .*\(53100\)"):
        apply(on_disk)
    assert on_disk.applied() == ["1_table"]
    enlarge()
    assert apply(on_disk).applied == 2
    assert on_disk.column("SELECT count(*) FROM a") == ["40000"]
    assert on_disk.applied() == ["1_table", "2_fill", "3_last"]
