"""Where Prisma's programs are, and what they find in their environment. It runs none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tools.state import repository_root

ENGINE: Final = Path(__file__).with_name("schema_engine.mjs")
"""What the CLI starts in the place of its native schema engine."""


def program(name: str) -> Path:
    """Return the path of a program that the set-up installed: `node` or `prisma`."""
    return repository_root() / ".venv" / "bin" / name


def environment(url: str) -> dict[str, str]:
    """Return the environment of a program that works on the database of `url`; that is its only secret."""
    return {
        "PATH": f"{program('node').parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "DATABASE_URL": url,
        "PRISMA_SCHEMA_ENGINE_BINARY": str(ENGINE),
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
        "CHECKPOINT_DISABLE": "1",
        "NO_COLOR": "1",
        "CI": "1",
    }
