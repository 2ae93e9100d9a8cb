"""A bootstrapped tier, ready to be backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.backup.take.taking import Taking

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier


@pytest.fixture
def taking(tier: Tier, tmp_path: Path) -> Taking:
    """Return a tier without a table, and an empty store."""
    tier.bootstrap()
    folder = tmp_path / "store"
    folder.mkdir()
    return Taking(tier=tier, folder=folder)
