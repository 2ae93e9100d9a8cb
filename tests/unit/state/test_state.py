"""The state folder is in the project, where it was asked for, or where PostgreSQL's account can enter."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import state


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clone in a folder that is open to its owner only."""
    monkeypatch.delenv(state.VARIABLE, raising=False)
    monkeypatch.setattr(state, "repository_root", lambda: tmp_path)
    tmp_path.chmod(0o700)
    return tmp_path


def test_the_folder_that_is_asked_for_is_taken(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.VARIABLE, str(clone / "asked"))
    assert state.state_directory() == clone / "asked"


def test_whoever_is_not_root_keeps_it_in_the_project(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert state.state_directory() == clone / ".state"


def test_root_in_a_closed_folder_keeps_it_where_postgresql_can_enter(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = state.state_directory()
    assert found.parent == Path("/var/lib/datatier")
    assert found == state.state_directory()
    assert clone not in found.parents
