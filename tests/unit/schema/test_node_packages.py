"""The Node side is pinned to the digit, names no download address, and runs nothing at install."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = json.loads((ROOT / "package.json").read_text())
LOCK = (ROOT / "pnpm-lock.yaml").read_text()
WORKSPACE = (ROOT / "pnpm-workspace.yaml").read_text()

EXACT = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")


def _dependencies() -> dict[str, str]:
    return {**PACKAGE["dependencies"], **PACKAGE["devDependencies"]}


def test_every_package_is_pinned_to_one_version() -> None:
    loose = {name: version for name, version in _dependencies().items() if not EXACT.fullmatch(version)}
    assert loose == {}


def test_pnpm_itself_is_pinned() -> None:
    name, _, version = PACKAGE["packageManager"].partition("@")
    assert name == "pnpm"
    assert EXACT.fullmatch(version)


def test_the_lock_file_holds_hashes_and_no_addresses() -> None:
    assert "://" not in LOCK
    assert LOCK.count("integrity: sha512-") == LOCK.count("resolution: {") > 0


def test_the_lock_file_knows_every_pinned_package() -> None:
    for name, version in _dependencies().items():
        assert re.search(rf"^  '?{re.escape(name)}@{re.escape(version)}'?:$", LOCK, re.MULTILINE), name


def test_no_package_may_run_a_script_at_install() -> None:
    allowed = re.search(r"^allowBuilds:\n((?:  .*\n)+)", WORKSPACE, re.MULTILINE)
    assert allowed is not None
    assert {line.rpartition(": ")[2] for line in allowed[1].splitlines()} == {"false"}
