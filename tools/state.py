"""Where everything that this machine makes for itself is kept: one ignored folder, found in one way.

Never creates the folder and never reads what is in it: each part does that for its own files.
`python -m tools.state` prints it.
"""

import hashlib
import os
import stat
from pathlib import Path

VARIABLE = "DATATIER_STATE"
"""The environment variable that names another state folder, for a second tier beside the first."""

ELSEWHERE = Path("/var/lib/datatier")
"""Where root keeps state for a clone that PostgreSQL's account cannot enter; nobody else can write there."""


def repository_root() -> Path:
    """Return the folder that holds app.py, the templates' sources and the default state folder."""
    return Path(__file__).resolve().parent.parent


def state_directory() -> Path:
    """Return the absolute state folder: $DATATIER_STATE, or `.state` in the repository.

    PostgreSQL refuses root and runs as an account of its own, which cannot enter a clone in a closed folder
    (root's home, a temporary folder). For such a clone root's state is kept in ELSEWHERE.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser().resolve()
    root = repository_root()
    if os.geteuid() == 0 and not all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (root, *root.parents)
    ):
        return ELSEWHERE / hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return root / ".state"


def toolchain_directory() -> Path:
    """Return the folder of programs that the set-up installs for this checkout, whatever tier uses them."""
    return repository_root() / ".state" / "toolchain"


if __name__ == "__main__":
    print(state_directory())  # noqa: T201  (what it is run for)
