"""`schema.prisma` and the migrations say the same, judged by Prisma's own engine."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.schema.seeding import PATH, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.schema.seeding import Seeding

PROGRAM = ROOT / "tests" / "integration" / "schema" / "prisma_diff.mjs"
SCHEMA = ROOT / "prisma" / "schema.prisma"


def _difference(seeding: Seeding, schema: Path) -> subprocess.CompletedProcess[str]:
    """Ask for the SQL that would make the database agree with the schema file."""
    return subprocess.run(  # noqa: S603  (the project's own program, no shell)
        ["node", PROGRAM, schema],  # noqa: S607  (the Node that the set-up put first on PATH)
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": PATH, "DATABASE_URL": seeding.url()},
    )  # fmt: skip


def test_the_migrations_build_exactly_what_the_schema_file_describes(seeded: Seeding) -> None:
    done = _difference(seeded, SCHEMA)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("written", "instead", "consequence"),
    [
        ('map: "idx_users_email"', 'map: "idx_email"', 'ALTER INDEX "idx_users_email" RENAME TO "idx_email"'),
        ("@db.Decimal(12, 2)", "@db.Decimal(10, 2)", "SET DATA TYPE DECIMAL(10,2)"),
        ('  @@index([createdAt], map: "idx_orders_created_at")\n', "", 'DROP INDEX "idx_orders_created_at"'),
        ("description String   @default", "description String?   @default", "DROP NOT NULL"),
    ],
)
def test_a_schema_file_that_says_something_else_is_noticed(
    seeded: Seeding, tmp_path: Path, written: str, instead: str, consequence: str
) -> None:
    text = SCHEMA.read_text()
    assert written in text
    other = tmp_path / "schema.prisma"
    other.write_text(text.replace(written, instead))
    done = _difference(seeded, other)
    assert done.returncode == 2, done.stderr
    assert consequence in done.stdout


def test_the_search_index_that_the_schema_file_cannot_express_would_not_be_dropped(
    seeded: Seeding, tmp_path: Path
) -> None:
    # A difference elsewhere makes the engine write a whole script; the expression index is not in it.
    other = tmp_path / "schema.prisma"
    other.write_text(SCHEMA.read_text().replace("sku         String", "sku         String?"))
    done = _difference(seeded, other)
    assert 'ALTER TABLE "products"' in done.stdout
    assert "idx_products_search" not in done.stdout
