"""A secret that an application keeps for a while, and reads again when it is old or refused.

With this a rotation is not noticed: what was current goes on working until the next rotation, which never
comes sooner than `rotation.client_cache_seconds` of the tier's settings.
"""

import json
import time
from collections.abc import Callable

CACHE_SECONDS = 240
"""Less than `rotation.client_cache_seconds` of the environment, so that a login in flight ends in time."""


class SecretCache:
    """The document of a secret; `read` fetches it, from Secrets Manager for example."""

    def __init__(self, read: Callable[[], str], *, seconds: float = CACHE_SECONDS) -> None:
        self._read = read
        self._seconds = seconds
        self._document: dict[str, str] = {}
        self._read_at = 0.0

    def get(self) -> dict[str, str]:
        """The document, read again when it is old."""
        if not self._document or time.monotonic() - self._read_at >= self._seconds:
            self.refresh()
        return self._document

    def refresh(self) -> bool:
        """Read it again; whether it has changed."""
        before, self._document = self._document, json.loads(self._read())
        self._read_at = time.monotonic()
        return self._document != before
