"""A secret that an application keeps for a while, and reads again when it is old or refused.

With this a rotation is not noticed: what was current goes on working until the next rotation, which never
comes sooner than `rotation.client_cache_seconds` of the tier's settings.
"""

import json
import logging
import threading
import time
from collections.abc import Callable

CACHE_SECONDS = 240
"""Less than `rotation.client_cache_seconds` of the environment, so that a login in flight ends in time."""


class SecretCache:
    """The document of a secret; `read` fetches it, from Secrets Manager for example. Threads may share it."""

    def __init__(self, read: Callable[[], str], *, seconds: float = CACHE_SECONDS) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = threading.Lock()
        self._document: dict[str, str] = {}
        self._read_at = 0.0

    def get(self) -> dict[str, str]:
        """The document, read again when it is old; while that fails, the old one goes on."""
        with self._lock:
            if time.monotonic() - self._read_at >= self._seconds or not self._document:
                try:
                    self._fetch()
                except Exception:
                    if not self._document:
                        raise
                    logging.getLogger(__name__).exception("the secret cannot be read again")
            return self._document

    def newer(self, refused: dict[str, str]) -> dict[str, str] | None:
        """What to try in the place of a document that was refused; None where there is nothing else."""
        with self._lock:
            if self._document == refused:
                self._fetch()
            return None if self._document == refused else self._document

    def _fetch(self) -> None:
        self._document = json.loads(self._read())
        self._read_at = time.monotonic()
