"""Whether a disk can hold a restored database: decided before anything is restored. Pure but for one look.

How much a restore needs is an estimate. Where it is wrong the server says that the disk is full, and then the
drill fails too.
"""

import shutil
from pathlib import Path
from typing import Final

from containers.backup.errors import SpaceLacking

FACTOR: Final = 1.3
"""Disk that a restore takes, for each byte of the database that was backed up: its tables and indexes are no
larger than there, and the sort of its largest index passes through the disk beside them."""

RESERVE_BYTES: Final = 1024**3
"""What the server itself takes: an empty cluster, its write-ahead log (cluster.py limits it), room to end."""

_FULL: Final = ("No space left on device", "could not extend file")
"""The system's words for it (strerror(3), ENOSPC), and PostgreSQL's for a page that was half written."""

LARGEST_GIB: Final = 200
"""The largest disk of a Fargate task (Amazon ECS Developer Guide, "Fargate task ephemeral storage")."""

ADVICE: Final = (
    f"Raise backup.drill_disk_gib, up to {LARGEST_GIB}; for a larger database turn the drill off and "
    "use AWS Backup's restore testing (backup.aws_backup)."
)


def needed_bytes(database_bytes: int) -> int:
    """Return how many bytes must be free to restore a database of that size."""
    return int(database_bytes * FACTOR) + RESERVE_BYTES


def require(directory: Path, *, database_bytes: int) -> None:
    """Refuse a disk that is too small. Raises SpaceLacking."""
    free, needed = shutil.disk_usage(directory).free, needed_bytes(database_bytes)
    if free < needed:
        raise SpaceLacking(
            f"{directory} has {_gib(free)} free and the restore of a database of {_gib(database_bytes)} "
            f"needs about {_gib(needed)}. {ADVICE}"
        )


def is_full(words: str) -> bool:
    """Whether an error, or the end of a log, says that the disk is full."""
    return any(sign in words for sign in _FULL)


def _gib(size: int) -> str:
    return f"{size / 1024**3:.2f} GiB"
