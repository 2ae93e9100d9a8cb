"""Packages come from Debian or not at all, and whoever cannot have them learns which ones to ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.setup import debian
from tools.setup.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_system_without_apt_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="install postgresql-15, redis-server and run this again"):
        debian.install(["postgresql-15", "redis-server"])
