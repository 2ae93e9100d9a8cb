"""What an error of PostgreSQL means for a backup: somebody came first, the server is gone, or it refuses."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors

from containers.backup.errors import Conflict, SourceError, SourceLost
from lambdas.common.connections import server_says

_GONE: Final = ("08", "57P")
"""Classes of SQLSTATE: the connection is broken, or the server ends it. Source: PostgreSQL 15, Appendix A."""


@contextmanager
def told() -> Generator[None]:
    """Say it in the backup's own errors. Raises Conflict, SourceLost, SourceError."""
    try:
        yield
    except psycopg.Error as error:
        raise _meant(error) from error


def _meant(error: psycopg.Error) -> SourceError:
    says = server_says(error)
    if isinstance(error, errors.SerializationFailure) or "conflict with recovery" in says:
        return Conflict(f"the replica went on with its replay: {says}")
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
        return Conflict(f"somebody waits to alter what is being backed up: {says}")
    lost = error.sqlstate is None and isinstance(error, psycopg.OperationalError)
    if lost or (error.sqlstate or "").startswith(_GONE):
        return SourceLost(f"PostgreSQL has gone: {says}")
    return SourceError(f"PostgreSQL refuses: {says}")
