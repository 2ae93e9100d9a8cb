"""`.venv`: this project's Python packages, by the hashes in requirements.lock, installed by uv."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools.setup import debian
from tools.setup.steps import ROOT, VENV, Step, command

LOCK = ROOT / "requirements.lock"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
NETWORK = "is the package index reachable? see `pip config list`"


def step() -> Step:
    """Return the step."""
    return Step(
        "Python packages", (LOCK, ROOT / "pyproject.toml"), VENV / ".datatier-packages", _install, _holds
    )


def _holds() -> bool:
    return PYTHON.exists() and UV.exists() and (PYTHON.parent / "datatier").exists()


def _install() -> None:
    if not PYTHON.exists():
        command([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], advice="python3 needs venv")
    _install_uv()
    command(
        [UV, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", LOCK], advice=NETWORK
    )  # fmt: skip
    command(
        [UV, "pip", "install", "--quiet", "--python", PYTHON, "--no-deps", "--offline", "--editable", ROOT],
        advice="the package's own metadata is in pyproject.toml",
    )


def _install_uv() -> None:
    """Install uv at the version and hashes that requirements.lock pins, with whichever pip there is."""
    with tempfile.TemporaryDirectory() as folder:
        pin = Path(folder) / "uv.lock"
        pin.write_text(requirement("uv", LOCK.read_text()))
        command(
            [*debian.pip(), "--python", PYTHON, "install", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--require-hashes", "--requirement", pin],
            advice=NETWORK,
        )  # fmt: skip


def requirement(name: str, lock: str) -> str:
    """Return one requirement of a lock file, with the hashes that follow it."""
    lines = lock.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = next(number for number, line in enumerate(lines[start:], start) if not line.endswith("\\"))
    return "\n".join(lines[start : end + 1]) + "\n"
