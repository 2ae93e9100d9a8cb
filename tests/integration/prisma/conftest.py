"""The Prisma CLI and the engine over one database, whose roles are made and where no migration has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.prisma.sides import Sides

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier


@pytest.fixture
def sides(tier: Tier, tmp_path: Path) -> Sides:
    """Return both sides. The engine has been here once, so that its table is there and is empty."""
    tier.bootstrap()
    return Sides(tier=tier, folder=tmp_path / "project")
