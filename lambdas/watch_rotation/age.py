"""How much older a secret is than its schedule says: pure."""

from datetime import datetime
from typing import Final

from lambdas.common.rotation.contract import Metadata

_DAY_SECONDS: Final = 86_400


def days_overdue(metadata: Metadata, *, longest_days: int, now: datetime) -> float:
    """Days beyond `longest_days` since the last rotation, or the secret's making; 0 while it is younger.

    A secret that does not rotate any more is overdue at once, by a day at least.
    """
    least = 0.0 if metadata.enabled else 1.0
    since = metadata.rotated_at or metadata.created_at
    if since is None:
        return least
    return max(least, (now - since).total_seconds() / _DAY_SECONDS - longest_days)
