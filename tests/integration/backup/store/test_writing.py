"""Streams into S3 whatever fails on the way: the object is whole, or there is none and an error says why."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, get_args

import pytest

from containers.backup.errors import ObjectExists, StoreError, StoreRefused, StoreUnreachable
from containers.backup.upload import PART_BYTES, PARTS_IN_FLIGHT
from tests.integration.backup.store.faulty_s3 import ALWAYS, Call, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.backup.store.conftest import Ground

KEY = "data/000001.copy.zst"
SMALL = os.urandom(1000)
LARGE = os.urandom(2 * PART_BYTES + 1000)
FAULTS: tuple[Fault, ...] = tuple(fault for fault in get_args(Fault) if fault not in ("forbidden", "cut"))
IN_PARTS: tuple[Call, ...] = ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
WRITES = [("PutObject", SMALL), *((call, LARGE) for call in IN_PARTS)]


def blocks(content: bytes) -> Iterator[bytes]:
    """In pieces that fit no part's border."""
    size = 3_000_001
    return (content[start : start + size] for start in range(0, len(content), size))


def stored(ground: Ground) -> bytes:
    (key,) = ground.keys()
    return ground.client.get_object(Bucket=ground.bucket, Key=key)["Body"].read()


@pytest.mark.parametrize("content", [b"", SMALL, LARGE[:PART_BYTES], LARGE[: PART_BYTES + 1], LARGE])
def test_a_stream_is_stored_as_it_is_and_read_as_it_was(ground: Ground, content: bytes) -> None:
    written = ground.store.write(ground.backup, KEY, blocks(content))
    assert stored(ground) == content
    assert (written.key, written.stored_bytes) == (KEY, len(content))
    assert written.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(ground.store.read(ground.backup, written)) == content
    assert ground.keys() == [f"backups/shop/{ground.backup}/{KEY}"]


def test_no_more_than_two_parts_are_on_their_way_at_once(ground: Ground) -> None:
    ground.faults.plan("UploadPart", "slow", times=ALWAYS)
    ground.store.write(ground.backup, KEY, blocks(LARGE * 2))
    assert ground.faults.most_parts_at_once == PARTS_IN_FLIGHT


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("call", "content"), WRITES, ids=[call for call, _ in WRITES])
def test_a_call_that_fails_once_or_is_slow_changes_nothing(
    ground: Ground, call: Call, content: bytes, fault: Fault
) -> None:
    ground.faults.plan(call, fault)
    written = ground.store.write(ground.backup, KEY, blocks(content))
    assert stored(ground) == content
    assert written.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ("slow", "reply lost")])
@pytest.mark.parametrize(("call", "content"), WRITES, ids=[call for call, _ in WRITES])
def test_a_call_that_never_succeeds_leaves_nothing_and_says_so(
    ground: Ground, call: Call, content: bytes, fault: Fault
) -> None:
    ground.faults.plan(call, fault, times=ALWAYS)
    with pytest.raises(StoreUnreachable, match=f"writing s3://{ground.bucket}/backups/shop/") as refused:
        ground.store.write(ground.backup, KEY, blocks(content))
    assert "try again" in str(refused.value).lower()
    assert ground.keys() == []
    assert ground.unfinished() == 0


@pytest.mark.parametrize(("call", "content"), WRITES, ids=[call for call, _ in WRITES])
def test_a_call_whose_replies_are_all_lost_gives_a_whole_object_or_none(
    ground: Ground, call: Call, content: bytes
) -> None:
    ground.faults.plan(call, "reply lost", times=ALWAYS)
    try:
        ground.store.write(ground.backup, KEY, blocks(content))
    except StoreError:
        assert ground.keys() == []
    else:
        assert stored(ground) == content


@pytest.mark.parametrize(("call", "content"), WRITES, ids=[call for call, _ in WRITES])
def test_what_is_not_allowed_is_said_at_once(ground: Ground, call: Call, content: bytes) -> None:
    ground.faults.plan(call, "forbidden", times=ALWAYS)
    with pytest.raises(StoreRefused, match="AccessDenied"):
        ground.store.write(ground.backup, KEY, blocks(content))
    assert ground.keys() == []
    assert ground.unfinished() == 0


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["one request", "parts"])
def test_what_is_there_already_is_not_overwritten(ground: Ground, content: bytes) -> None:
    ground.store.write(ground.backup, KEY, [b"the first"])
    with pytest.raises(ObjectExists, match="nothing is overwritten"):
        ground.store.write(ground.backup, KEY, blocks(content))
    assert stored(ground) == b"the first"
    assert ground.unfinished() == 0


@pytest.mark.parametrize("before", [0, 1000, PART_BYTES * 2 + 5], ids=["first", "in a part", "in the third"])
def test_a_stream_that_breaks_leaves_nothing_and_its_own_error(ground: Ground, before: int) -> None:
    class Broken(Exception):
        pass

    def breaking() -> Iterator[bytes]:
        yield from blocks(LARGE[:before])
        raise Broken

    with pytest.raises(Broken):
        ground.store.write(ground.backup, KEY, breaking())
    assert ground.keys() == []
    assert ground.unfinished() == 0


def test_an_abort_that_fails_does_not_hide_why_it_was_needed(ground: Ground) -> None:
    ground.faults.plan("AbortMultipartUpload", "internal error", times=ALWAYS)
    ground.faults.plan("CompleteMultipartUpload", "forbidden", times=ALWAYS)
    with pytest.raises(StoreRefused, match="AccessDenied"):
        ground.store.write(ground.backup, KEY, blocks(LARGE))
    assert ground.keys() == []
