"""How an application connects while its credentials rotate.

It keeps the secret, and reads it again when it is old or refused.

With this a rotation by alternation is not noticed: the login that was current goes on working until the next
rotation, which never comes sooner than `client_cache_seconds` of the tier's settings.
"""

import json
import time
from collections.abc import Callable

import psycopg
from psycopg.conninfo import make_conninfo

CACHE_SECONDS = 300
"""At most `rotation.client_cache_seconds` of the environment."""


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


def connect(secret: SecretCache, **parameters: str) -> psycopg.Connection:
    """Connect verify-full; refused with a secret that has changed since, try once more with the new one.

    `parameters` are libpq's, such as `sslrootcert`, and `host` to read from a replica.
    """
    try:
        return _connect(secret.get(), parameters)
    except psycopg.OperationalError:
        if not secret.refresh():
            raise
        return _connect(secret.get(), parameters)


def _connect(document: dict[str, str], parameters: dict[str, str]) -> psycopg.Connection:
    settings = {key: document[key] for key in ("host", "port", "dbname", "password")}
    settings |= {"user": document["username"], "sslmode": "verify-full"}
    return psycopg.connect(make_conninfo("", **{**settings, **parameters}), autocommit=True)
