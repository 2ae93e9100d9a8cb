"""`schema.prisma` and the migrations say the same, judged by Prisma's own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.schema.seeding import ROOT
from tools.prisma.difference import difference
from tools.prisma.errors import DifferenceUnknown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.schema.seeding import Seeding

SCHEMA = ROOT / "prisma" / "schema.prisma"


def test_the_migrations_build_exactly_what_the_schema_file_describes(seeded: Seeding) -> None:
    assert not difference(SCHEMA, seeded.url())


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
    assert consequence in difference(other, seeded.url())


def test_the_search_index_that_the_schema_file_cannot_express_would_not_be_dropped(
    seeded: Seeding, tmp_path: Path
) -> None:
    # A difference elsewhere makes the engine write a whole script; the expression index is not in it.
    other = tmp_path / "schema.prisma"
    other.write_text(SCHEMA.read_text().replace("sku         String", "sku         String?"))
    found = difference(other, seeded.url())
    assert 'ALTER TABLE "products"' in found
    assert "idx_products_search" not in found


def test_a_comparison_that_cannot_be_made_says_why_and_keeps_the_password(
    seeded: Seeding, tmp_path: Path
) -> None:
    broken = tmp_path / "schema.prisma"
    broken.write_text("model {")
    with pytest.raises(DifferenceUnknown, match="could not be compared") as failure:
        difference(broken, seeded.url())
    assert "seeder_" not in str(failure.value)
