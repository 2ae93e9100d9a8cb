"""What a run of migrations refuses, and how long it waits. It decides nothing by itself.

Prisma is silent about the first four; each may be relaxed, and then it is told instead of refused.
"""

from dataclasses import dataclass
from typing import Literal

Answer = Literal["refuse", "allow"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Strictness and patience; the defaults are those of the settings `bootstrap.migrations`.

    `edited`: an applied migration whose file has changed. `missing`: an applied migration whose folder is
    gone although later ones are there (a database that is simply ahead of the folder is never refused).
    `diverged`: the database has migrations that the folder lacks, and the folder has pending ones.
    `open_transaction`: a script that leaves a transaction open; allowed, it is committed.

    A statement waits `lock_timeout_seconds` for a lock, then gives way to those queued behind it and is tried
    again, `lock_attempts` times in all. `dump_wait_seconds` is how long a running dump is waited for.
    """

    edited: Answer = "refuse"
    missing: Answer = "refuse"
    diverged: Answer = "refuse"
    open_transaction: Answer = "refuse"
    lock_timeout_seconds: float = 5
    lock_attempts: int = 10
    dump_wait_seconds: float = 120
