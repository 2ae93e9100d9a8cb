"""Debian's packages: installed by root, or unpacked into the state folder by anybody else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from tools.setup.errors import SetupError
from tools.setup.steps import command
from tools.state import toolchain_directory

# apt starts a service as soon as it installs one; this file, as invoke-rc.d documents it, says no.
POLICY = Path("/usr/sbin/policy-rc.d")
DENY = "#!/bin/sh\n# Written by datatier's set-up: its servers are its own, not the system's.\nexit 101\n"
WHEELS = Path("usr/share/python-wheels")


def install(packages: list[str]) -> None:
    """Install the packages, or unpack them and what they need. Raises SetupError."""
    if not shutil.which("apt-get"):
        raise SetupError(f"this is no Debian or Ubuntu: install {', '.join(packages)} and run this again")
    if os.geteuid() == 0:
        _install_as_root(packages)
    else:
        _unpack(packages)


def pip() -> list[str | Path]:
    """Return the words that start some pip: this Python's, else the one Debian packages for venv."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    wheel = _pip_wheel()
    if wheel is None:
        install(["python3-pip-whl"])
        wheel = _pip_wheel()
    if wheel is None:
        raise SetupError("there is no pip on this machine: install python3-pip and run this again")
    return [sys.executable, wheel / "pip"]


def _pip_wheel() -> Path | None:
    roots = (Path("/"), toolchain_directory() / "debian")
    return next((found for root in roots for found in sorted((root / WHEELS).glob("pip-*.whl"))), None)


def _install_as_root(packages: list[str]) -> None:
    ours = not POLICY.exists() or POLICY.read_text() == DENY  # the second: left by a set-up that was killed
    if ours:
        draft = POLICY.with_suffix(".datatier")
        draft.write_text(DENY)
        draft.chmod(0o755)
        draft.replace(POLICY)
    try:
        _update()
        command(
            ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages],
            advice=f"install {', '.join(packages)} and run this again",
            environment={"DEBIAN_FRONTEND": "noninteractive"},
        )
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def _unpack(packages: list[str]) -> None:
    """Unpack the packages and all they depend on that the system has not."""
    root = toolchain_directory() / "debian"
    downloads = root / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    advice = f"ask for {', '.join(packages)} to be installed, and run this again"
    plan = command(["apt-get", "install", "--simulate", "--no-install-recommends", *packages], advice=advice)
    needed = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    command(["apt-get", "download", *needed], advice=advice, cwd=downloads)
    for package in sorted(downloads.glob("*.deb")):
        command(["dpkg", "--extract", package, root], advice=advice)
        package.unlink()


def _update() -> None:
    """Refresh the lists of packages; an image often ships without any."""
    command(["apt-get", "update", "--quiet"], advice="apt-get update must work first")
