"""Reads one object of S3 as a stream, in constant memory, and proves at its end that it is what was written.

A connection that breaks is taken up again where it broke. Size and SHA-256 must be right.
"""

import hashlib
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError

from containers.backup.errors import DigestMismatch, ObjectMissing
from containers.backup.s3_errors import worded

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

BLOCK_BYTES: Final = 1024 * 1024
BREAKS: Final = 5
"""How often in a row a connection may break without a byte of progress."""

_PAUSE_SECONDS: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Place:
    """One object: where it is, and by which client it is reached."""

    client: "S3Client" = field(repr=False)
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What an object must hold: bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


def whole(place: Place) -> bytes:
    """Return a small object. Raises ObjectMissing, StoreError."""
    return b"".join(_blocks(place, size=None))


def download(place: Place, content: Content) -> Iterator[bytes]:
    """Yield an object's bytes; raise DigestMismatch at the end if they are not `content`.

    Raises ObjectMissing, StoreError.
    """
    digest = hashlib.sha256()
    for block in _blocks(place, size=content.size):
        digest.update(block)
        yield block
    if digest.hexdigest() != content.sha256:
        raise DigestMismatch(
            f"{place} was altered: its SHA-256 is {digest.hexdigest()}, {content.sha256} was written. "
            "Restore another backup, or the same one from the other region."
        )


def holds(place: Place, content: Content) -> bool:
    """Whether an object is there and is `content`. Raises StoreError."""
    try:
        for _ in download(place, content):
            pass
    except (ObjectMissing, DigestMismatch):
        return False
    return True


def _blocks(place: Place, *, size: int | None) -> Iterator[bytes]:
    """Yield the bytes of an object that must have `size`, if that is known."""
    read, breaks = 0, 0
    with worded(f"reading {place}"):
        while True:
            begun = read
            try:
                for block in _from(place, read, size=size):
                    read += len(block)
                    yield block
            except BotoCoreError:
                breaks = breaks + 1 if read == begun else 0
                if breaks >= BREAKS:
                    raise
                time.sleep(_PAUSE_SECONDS * (breaks + 1))
            else:
                return


def _from(place: Place, offset: int, *, size: int | None) -> Generator[bytes]:
    if offset and offset == size:
        return
    if offset:
        answer = place.client.get_object(Bucket=place.bucket, Key=place.key, Range=f"bytes={offset}-")
    else:
        answer = place.client.get_object(Bucket=place.bucket, Key=place.key)
    body: StreamingBody = answer["Body"]
    with closing(body):
        found = offset + answer["ContentLength"]
        if size is not None and found != size:
            raise DigestMismatch(
                f"{place} has {found} bytes, {size} were written: it was cut off or altered. Restore another "
                "backup, or the same one from the other region."
            )
        yield from body.iter_chunks(BLOCK_BYTES)
