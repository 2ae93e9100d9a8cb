"""A stream of any length goes to S3 in the same memory; nothing is asked of a server here."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import TYPE_CHECKING, Any, cast

import pytest

from containers.backup.download import Place
from containers.backup.errors import StoreRefused
from containers.backup.upload import MOST_PARTS, PART_BYTES, PARTS_IN_FLIGHT, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = bytes(1024 * 1024)


class Bottomless:
    """A client that forgets what it is given."""

    def __init__(self) -> None:
        self.parts: list[int] = []
        self.aborted = False

    def put_object(self, **request: Any) -> dict[str, str]:  # noqa: ANN401  as botocore's
        self.parts.append(len(request["Body"]))
        return {}

    def create_multipart_upload(self, **_: Any) -> dict[str, str]:  # noqa: ANN401  as botocore's
        return {"UploadId": "1"}

    def upload_part(self, **request: Any) -> dict[str, str]:  # noqa: ANN401  as botocore's
        self.parts.append(len(request["Body"]))
        return {"ETag": "e"}

    def complete_multipart_upload(self, **request: Any) -> None:  # noqa: ANN401  as botocore's
        assert request["IfNoneMatch"] == "*"

    def abort_multipart_upload(self, **_: Any) -> None:  # noqa: ANN401  as botocore's
        self.aborted = True


def place(client: Bottomless) -> Place:
    return Place(client=cast("Any", client), bucket="b", key="k")


def zeros(mebibytes: int) -> Iterator[bytes]:
    return (BLOCK for _ in range(mebibytes))


def test_a_long_stream_needs_no_more_memory_than_the_parts_on_their_way() -> None:
    client = Bottomless()
    tracemalloc.start()
    try:
        content = upload(place(client), zeros(320))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert client.parts == [PART_BYTES] * 20
    assert content.size == 320 * len(BLOCK)
    # Those in flight, the one that fills, and the one being put together.
    assert peak < (PARTS_IN_FLIGHT + 3) * PART_BYTES


@pytest.mark.parametrize("sizes", [[], [5], [PART_BYTES], [PART_BYTES, 1], [1, PART_BYTES, 3]])
def test_parts_are_full_but_for_the_last_and_hold_every_byte(sizes: list[int]) -> None:
    client = Bottomless()
    content = upload(place(client), (bytes(size) for size in sizes))
    assert sum(client.parts) == content.size == sum(sizes)
    assert all(size == PART_BYTES for size in sorted(client.parts)[1:])
    assert content.sha256 == hashlib.sha256(bytes(sum(sizes))).hexdigest()


def test_a_stream_longer_than_s3_takes_is_refused_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("containers.backup.upload.MOST_PARTS", 3)
    assert MOST_PARTS == 10_000
    client = Bottomless()
    with pytest.raises(StoreRefused, match="CHUNK_MIB"):
        upload(place(client), zeros(80))
    assert client.aborted
