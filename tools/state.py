"""Where everything that this machine makes for itself is kept: one ignored folder, found in one way.

Never creates the folder and never reads what is in it: each part does that for its own files.
"""

import os
from pathlib import Path

VARIABLE = "DATATIER_STATE"
"""The environment variable that names another state folder, for a second tier beside the first."""


def repository_root() -> Path:
    """Return the folder that holds app.py, the templates' sources and the default state folder."""
    return Path(__file__).resolve().parent.parent


def state_directory() -> Path:
    """Return the absolute state folder: $DATATIER_STATE, or `.state` in the repository."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser().resolve()
    return repository_root() / ".state"


def toolchain_directory() -> Path:
    """Return the folder of programs that the set-up installs for this checkout, whatever tier uses them."""
    return repository_root() / ".state" / "toolchain"
