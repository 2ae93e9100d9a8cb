"""Writes one stream to S3 in parts, in constant memory, where nothing is yet. It never overwrites.

A stream that fits one part is put in one request. What fails leaves no object, and no parts
if S3 can be told; the bucket's lifecycle rule removes those that are left.
"""

import base64
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from containers.backup.download import Content, Place, holds
from containers.backup.errors import StoreRefused
from containers.backup.s3_errors import may_be_done, may_still_be, worded

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES: Final = 16 * 1024 * 1024
PARTS_IN_FLIGHT: Final = 2
MOST_PARTS: Final = 10_000
"""Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits"."""

_WRITES: Final = 5
_PAUSE_SECONDS: Final = 0.5


def upload(place: Place, blocks: Iterable[bytes]) -> Content:
    """Write a stream; return what was written. What `blocks` raises is raised again.

    Raises ObjectExists, StoreError.
    """
    passed = _Passed(blocks)
    parts = _parts(passed)
    begun = deque(islice(parts, 2))
    with worded(f"writing {place}"):
        if len(begun) < 2:  # noqa: PLR2004  whether there is more than one
            _put(place, begun[0] if begun else b"", passed)
        else:
            _put_parts(place, _all(begun, parts), passed)
    return passed.content


class _Passed:
    """The blocks of a stream, hashed as they pass."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._hash = hashlib.sha256()
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._hash.update(block)
            self._bytes += len(block)
            yield block

    @property
    def content(self) -> Content:
        return Content(size=self._bytes, sha256=self._hash.hexdigest())


def _parts(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream into parts, of which all but the last are full."""
    waiting: list[bytes | memoryview] = []
    room = PART_BYTES
    for block in blocks:
        rest = memoryview(block)
        while rest:
            taken, rest = rest[:room], rest[room:]
            waiting.append(taken)
            room -= len(taken)
            if not room:
                part = b"".join(waiting)
                waiting, room = [], PART_BYTES  # before the part is sent: what it was made of may go
                yield part
    if waiting:
        yield b"".join(waiting)


def _all(begun: deque[bytes], parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts that were looked at, then the others; none is held here once it was given."""
    while begun:
        yield begun.popleft()
    yield from parts


def _put(place: Place, body: bytes, passed: _Passed) -> None:
    def put() -> None:
        place.client.put_object(
            Bucket=place.bucket,
            Key=place.key,
            Body=body,
            IfNoneMatch="*",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=_sha256(body),
        )

    _once(place, put, passed.content)


def _put_parts(place: Place, parts: Iterable[bytes], passed: _Passed) -> None:
    begun = place.client.create_multipart_upload(
        Bucket=place.bucket, Key=place.key, ChecksumAlgorithm="SHA256"
    )
    upload_id = begun["UploadId"]
    try:
        sent = _send(place, upload_id, parts)

        def complete() -> None:
            place.client.complete_multipart_upload(
                Bucket=place.bucket,
                Key=place.key,
                UploadId=upload_id,
                MultipartUpload={"Parts": sent},
                IfNoneMatch="*",
            )

        _once(place, complete, passed.content)
    except BaseException:  # a person's Ctrl-C included: parts are paid for as long as they lie there
        with suppress(BotoCoreError, ClientError):
            place.client.abort_multipart_upload(Bucket=place.bucket, Key=place.key, UploadId=upload_id)
        raise


def _send(place: Place, upload_id: str, parts: Iterable[bytes]) -> "list[CompletedPartTypeDef]":
    """Send the parts, two at a time; none is on its way any more when this returns or raises."""
    sent: list[CompletedPartTypeDef] = []
    flying: deque[Future[CompletedPartTypeDef]] = deque()
    with ThreadPoolExecutor(max_workers=PARTS_IN_FLIGHT) as senders:
        for number, part in enumerate(parts, start=1):
            if number > MOST_PARTS:
                raise StoreRefused(
                    f"writing {place}: it is longer than {MOST_PARTS} parts of {PART_BYTES} bytes, the most "
                    "that S3 takes. Cut tables smaller (CHUNK_MIB)."
                )
            if len(flying) == PARTS_IN_FLIGHT:
                sent.append(flying.popleft().result())
            flying.append(senders.submit(_send_part, place, upload_id, number, part))
        sent.extend(one.result() for one in flying)
    return sent


def _send_part(place: Place, upload_id: str, number: int, part: bytes) -> "CompletedPartTypeDef":
    checksum = _sha256(part)
    answer = place.client.upload_part(
        Bucket=place.bucket,
        Key=place.key,
        UploadId=upload_id,
        PartNumber=number,
        Body=part,
        ChecksumAlgorithm="SHA256",
        ChecksumSHA256=checksum,
    )
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}


def _once(place: Place, write: Callable[[], None], content: Content) -> None:
    """Make a write that is refused where something is, and recognise it when it was made but not answered."""
    for left in reversed(range(_WRITES)):
        try:
            write()
        except (ClientError, BotoCoreError) as error:
            if may_be_done(error) and holds(place, content):
                return
            if not left or not may_still_be(error):
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _sha256(part: bytes) -> str:
    return base64.b64encode(hashlib.sha256(part).digest()).decode()
