"""`python -m tools.servers`: stop and remove the servers that killed test runs have left."""

from __future__ import annotations

from tools.servers.leftovers import sweep
from tools.state import state_directory

if __name__ == "__main__":
    sweep(state_directory() / "tests")
