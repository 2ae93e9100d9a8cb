"""What is committed installs from any index: locks hold versions and hashes, and no download address."""

from __future__ import annotations

import re
import tomllib

import pytest

from tools.locks import LOCKS
from tools.state import repository_root

ROOT = repository_root()


@pytest.mark.parametrize("lock", [*LOCKS, "pnpm-lock.yaml"])
def test_a_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"[a-z]+://|registry\.|--(extra-)?index-url|--find-links", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line[:1].isalnum()]
    assert requirements
    for requirement in requirements:
        assert "==" in requirement
        assert "--hash=sha256:" in requirement


def test_every_lock_in_the_tree_is_one_that_make_lock_writes() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("**/requirements*.lock")
        if ".state" not in path.parts
    }
    assert {path for path in found if not path.startswith((".venv", "node_modules"))} == set(LOCKS)


def test_the_locked_versions_are_the_ones_asked_for() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lock = (ROOT / "requirements.lock").read_text()
    for requirement in (line for line in asked if "==" in line):
        assert re.search(rf"^{re.escape(requirement)} ", lock, re.MULTILINE), requirement
