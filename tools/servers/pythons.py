"""Which Python the account can run that servers run as: root's own may lie where nobody else can enter."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.servers.accounts import UNPRIVILEGED, check_reachable
from tools.servers.errors import BinaryMissing, ServerError

OLDEST = 11
NEWEST = 14


def lent_python() -> Path:
    """Return this Python, or the next best that the servers' account can run. Raises BinaryMissing."""
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    minors = [sys.version_info[1], *range(NEWEST, OLDEST - 1, -1)]
    found = [shutil.which(f"python3.{minor}", path="/usr/local/bin:/usr/bin") for minor in minors]
    for candidate in (own, *(Path(path) for path in found if path)):
        if candidate.is_file() and _reachable(candidate):
            return candidate
    raise BinaryMissing(
        f"the account '{UNPRIVILEGED}' that containers run as cannot enter {own.parent}, and there is no "
        f"other Python 3.{OLDEST} or newer: install the package python3, or run it without root"
    )


def _reachable(program: Path) -> bool:
    try:
        check_reachable(program)
    except ServerError:
        return False
    return True
