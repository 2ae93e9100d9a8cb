"""The line by which `make check` judges migrations refuses what would hold an application up."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tools.state import repository_root

if TYPE_CHECKING:
    from pathlib import Path

ROOT = repository_root()

REFUSED = {
    "ALTER TABLE orders ADD COLUMN note text NOT NULL;": "adding-required-field",
    "CREATE INDEX idx_orders_status ON orders(status);": "require-concurrent-index-creation",
    "ALTER TABLE orders ADD CONSTRAINT orders_status_key UNIQUE (status);": "disallowed-unique-constraint",
    "ALTER TABLE orders ALTER COLUMN status TYPE varchar(20);": "changing-column-type",
    "ALTER TABLE orders RENAME COLUMN status TO state;": "renaming-column",
}


def judged(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the line of `make check` that judges migrations over another tree's."""
    make = ["make", "--dry-run", "check"]
    planned = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  make, no shell
    (line,) = (line for line in planned.stdout.splitlines() if "/squawk " in line)
    return subprocess.run(line, shell=True, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S602  a line of this repository's Makefile


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with this project's migrations, and its squawk where `make check` looks for it."""
    shutil.copytree(ROOT / "prisma", tmp_path / "prisma")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def add(tree: Path, script: str) -> None:
    folder = tree / "prisma" / "migrations" / "29990101000000_a change"
    folder.mkdir()
    (folder / "migration.sql").write_text(script)


def test_the_projects_own_migrations_pass(tree: Path) -> None:
    done = judged(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", REFUSED)
def test_a_migration_that_would_hold_the_application_up_is_refused(tree: Path, script: str) -> None:
    add(tree, script)
    done = judged(tree)
    assert done.returncode == 1
    assert REFUSED[script] in done.stdout
    assert "29990101000000_a change/migration.sql" in done.stdout


def test_it_is_refused_between_begin_and_commit_as_well(tree: Path) -> None:
    add(tree, "BEGIN;\nCREATE INDEX idx_orders_status ON orders(status);\nCOMMIT;\n")
    assert judged(tree).returncode == 1


def test_an_index_that_is_built_beside_the_application_passes(tree: Path) -> None:
    add(tree, "CREATE INDEX CONCURRENTLY idx_orders_status ON orders(status);\n")
    done = judged(tree)
    assert done.returncode == 0, done.stdout
