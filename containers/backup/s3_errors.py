"""Says what S3 failed with in the words of `containers.backup.errors`. It asks S3 nothing itself."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from containers.backup.errors import (
    ObjectExists,
    ObjectMissing,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)

_SERVER_FAILS: Final = 500
_PASSING: Final = frozenset(
    {
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
    }
)
"""Codes below 500 that time may cure."""

_EXISTS: Final = frozenset({"PreconditionFailed", "412"})
_MISSING: Final = frozenset({"NoSuchKey", "404"})
_CONFLICT: Final = frozenset({"ConditionalRequestConflict"})
_UNDECIDED: Final = _CONFLICT | {"NoSuchUpload"}
"""A retry meets these when the first try has arrived after all, or is still at work."""


@contextmanager
def worded(doing: str) -> Generator[None]:
    """Turn what botocore raises into a StoreError; `doing` as "writing s3://…", for its message.

    Raises:
        ObjectExists, ObjectMissing, StoreRefused: S3 has answered.
        StoreUnreachable: it has not, or not in time, or with a failure of its own.
    """
    try:
        yield
    except ClientError as error:
        raise _answered(error, doing) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StoreRefused(
            f"{doing}: there are no credentials ({error}). In AWS the task's role gives them; "
            "elsewhere log in first."
        ) from error
    except BotoCoreError as error:
        raise StoreUnreachable(
            f"{doing}: S3 gives no answer: {_flat(error)} Check the way to S3 (its gateway endpoint, "
            "the route, the security group), then try again."
        ) from error


def may_be_done(error: Exception) -> bool:
    """Whether a write that ended with this may have been made by one of its tries, whose answer was lost."""
    return not isinstance(error, ClientError) or _code(error) in _EXISTS | _UNDECIDED or _fails(error)


def may_still_be(error: Exception) -> bool:
    """Whether an earlier try may still be at work, so that asking again tells more."""
    return isinstance(error, ClientError) and _code(error) in _CONFLICT


def _answered(error: ClientError, doing: str) -> StoreError:
    code = _code(error)
    if code in _EXISTS:
        return ObjectExists(f"{doing}: an object of that name is there already, and nothing is overwritten.")
    if code in _MISSING:
        return ObjectMissing(
            f"{doing}: there is no such object. What it belonged to cannot be restored whole."
        )
    if _fails(error):
        return StoreUnreachable(f"{doing}: S3 fails whatever is retried: {_flat(error)} Try again later.")
    return StoreRefused(
        f"{doing}: S3 refuses: {_flat(error)} Check that the bucket exists, and that the role may "
        "do this to it and to its key."
    )


def _fails(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= _SERVER_FAILS or _code(error) in _PASSING


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _flat(error: Exception) -> str:
    return f"{' '.join(str(error).split()).rstrip('.')}."
