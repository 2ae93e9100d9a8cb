"""How much older a secret is than its schedule says: pure."""

from datetime import datetime
from typing import Final

from lambdas.common.rotation.contract import Metadata

_DAY_SECONDS: Final = 86_400


def days_overdue(metadata: Metadata, *, longest_days: int, now: datetime) -> float:
    """Days beyond `longest_days` since the last rotation, or the making of the secret; 0 while it is younger."""
    since = metadata.rotated_at or metadata.created_at
    if since is None:
        return 0.0
    return max(0.0, (now - since).total_seconds() / _DAY_SECONDS - longest_days)
