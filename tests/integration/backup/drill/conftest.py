"""Ground for drills: folders of each test's own that PostgreSQL's account may enter."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.backup.drill.drilling import Drilling
from tools.servers.accounts import hand_over
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def migrations() -> Path:
    """Return the project's own history."""
    return repository_root() / "prisma" / "migrations"


@pytest.fixture
def drilling(servers_directory: Path) -> Iterator[Drilling]:
    """Return a folder without a backup, and an empty scratch directory with a short name."""
    folder = servers_directory / f"d{secrets.token_hex(3)}"
    (folder / "backups").mkdir(parents=True)
    (folder / "s").mkdir()
    hand_over(folder)
    yield Drilling(folder=folder, scratch=folder / "s")
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(drilling: Drilling) -> Iterator[None]:
    """Put the scratch directory on a disk of 100 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk of its own")
    done = subprocess.run(  # noqa: S603  the system's own program, no shell
        ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=100m", "drill", drilling.scratch],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")
    try:
        hand_over(drilling.scratch)
        yield
    finally:
        subprocess.run(["/usr/bin/umount", drilling.scratch], check=True)  # noqa: S603  as above
