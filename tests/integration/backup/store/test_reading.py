"""Reading from S3 whatever fails on the way: what was written, or an error; never anything else."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from containers.backup.errors import (
    DigestMismatch,
    ManifestInvalid,
    NoBackup,
    ObjectMissing,
    StoreRefused,
    StoreUnreachable,
)
from containers.backup.manifest import Manifest, StoredObject
from lambdas.common.backup_layout import MANIFEST, BackupId, prefix_of
from tests.integration.backup.store.faulty_s3 import ALWAYS, Call, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.backup.store.conftest import Ground

CONTENT = os.urandom(5_000_000)
PASSING: tuple[Fault, ...] = ("internal error", "slow down", "reset", "reply lost", "silence", "slow")
LASTING: tuple[Fault, ...] = ("internal error", "slow down", "reset", "silence")


@pytest.fixture
def written(ground: Ground) -> StoredObject:
    return ground.store.write(ground.backup, "schema.dump.zst", [CONTENT])


@pytest.fixture
def manifest(ground: Ground, written: StoredObject) -> Manifest:
    return Manifest(
        backup=str(ground.backup),
        database="shop",
        database_bytes=1,
        encoding="UTF8",
        collation="C.UTF-8",
        server_version=150018,
        source="primary",
        snapshot="00000003-1",
        snapshot_at="2026-11-26T02:10:03+00:00",
        finished_at="2026-11-26T02:11:03+00:00",
        schema=written,
        tables=(),
        sequences=(),
        large_objects=None,
        roles=("datatier_owner",),
        facts={"owners": {'table Émile\'s "x"': "datatier_owner"}},
    )


def tamper(ground: Ground, key: str, change: Callable[[bytes], bytes]) -> None:
    name = prefix_of("shop", ground.backup) + key
    body = ground.client.get_object(Bucket=ground.bucket, Key=name)["Body"].read()
    ground.client.put_object(Bucket=ground.bucket, Key=name, Body=change(body))


def flipped(body: bytes, *, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


@pytest.mark.parametrize("fault", [*PASSING, "cut"])
def test_a_read_that_fails_once_goes_on_where_it_was(
    ground: Ground, written: StoredObject, fault: Fault
) -> None:
    ground.faults.plan("GetObject", fault)
    assert b"".join(ground.store.read(ground.backup, written)) == CONTENT


def test_a_connection_that_breaks_again_and_again_but_advances_is_taken_up_each_time(
    ground: Ground, written: StoredObject
) -> None:
    ground.faults.plan("GetObject", "cut", times=12)
    assert b"".join(ground.store.read(ground.backup, written)) == CONTENT


@pytest.mark.parametrize("call", ["GetObject", "ListObjectsV2"])
@pytest.mark.parametrize("fault", LASTING)
def test_a_store_that_does_not_answer_is_named(
    ground: Ground, manifest: Manifest, call: Call, fault: Fault
) -> None:
    ground.store.finish(manifest)
    ground.faults.plan(call, fault, times=ALWAYS)
    with pytest.raises(StoreUnreachable, match=f"s3://{ground.bucket}/backups/shop/"):  # noqa: PT012  either
        if call == "GetObject":
            ground.store.manifest(ground.backup)
        else:
            ground.store.backups()


def test_what_may_not_be_read_is_refused_with_what_to_do(ground: Ground, written: StoredObject) -> None:
    ground.faults.plan("GetObject", "forbidden", times=ALWAYS)
    with pytest.raises(StoreRefused, match="the role may do this to it and to its key"):
        list(ground.store.read(ground.backup, written))


def test_a_manifest_comes_back_as_it_was_and_makes_the_backup(ground: Ground, manifest: Manifest) -> None:
    assert ground.store.backups() == []
    ground.store.finish(manifest)
    assert ground.store.backups() == [ground.backup]
    assert ground.store.manifest(ground.backup) == manifest


def test_only_backups_with_a_manifest_are_listed_however_many_objects_there_are(ground: Ground) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    whole = [BackupId.new(day + timedelta(days=number)) for number in range(3)]
    for backup in whole:
        for number in range(400):
            key = prefix_of("shop", backup) + f"data/{number:06d}.copy.zst"
            ground.client.put_object(Bucket=ground.bucket, Key=key, Body=b"")
        ground.client.put_object(Bucket=ground.bucket, Key=prefix_of("shop", backup) + MANIFEST, Body=b"{}")
    torn = prefix_of("shop", BackupId.new(day + timedelta(days=9))) + "data/000001.copy.zst"
    strange = "backups/shop/notes/manifest.json"
    other = prefix_of("shop2", BackupId.new(day)) + MANIFEST
    for key in (torn, strange, other):
        ground.client.put_object(Bucket=ground.bucket, Key=key, Body=b"")
    assert ground.store.backups() == whole


def test_a_backup_that_is_not_there_is_named(ground: Ground) -> None:
    with pytest.raises(NoBackup, match=str(ground.backup)):
        ground.store.manifest(ground.backup)


def test_a_bucket_that_is_not_there_is_refused(ground: Ground) -> None:
    ground.client.delete_bucket(Bucket=ground.bucket)
    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        ground.store.backups()
    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        ground.store.write(ground.backup, "data/000001.copy.zst", [b"rows"])


@pytest.mark.parametrize("at", [0, len(CONTENT) // 2, len(CONTENT) - 1])
def test_a_flipped_bit_in_an_object_is_found(ground: Ground, written: StoredObject, at: int) -> None:
    tamper(ground, written.key, lambda body: flipped(body, at=at))
    with pytest.raises(DigestMismatch, match=r"schema\.dump\.zst was altered"):
        list(ground.store.read(ground.backup, written))


def cut_off(body: bytes) -> bytes:
    return body[:-1]


def grown(body: bytes) -> bytes:
    return body + b"x"


def emptied(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("change", [cut_off, grown, emptied])
def test_an_object_that_was_cut_off_or_grew_is_found(
    ground: Ground, written: StoredObject, change: Callable[[bytes], bytes]
) -> None:
    tamper(ground, written.key, change)
    with pytest.raises(DigestMismatch, match=f"{len(CONTENT)} were written"):
        list(ground.store.read(ground.backup, written))


def test_a_missing_object_is_named(ground: Ground, written: StoredObject) -> None:
    with pytest.raises(ObjectMissing, match=r"data/000009\.copy\.zst"):
        list(ground.store.read(ground.backup, replace(written, key="data/000009.copy.zst")))


def test_a_flipped_bit_anywhere_in_the_manifest_is_found(ground: Ground, manifest: Manifest) -> None:
    ground.store.finish(manifest)
    size = len(ground.client.get_object(Bucket=ground.bucket, Key=ground.keys()[0])["Body"].read())
    for at in range(0, size, max(1, size // 40)):
        tamper(ground, MANIFEST, lambda body, at=at: flipped(body, at=at))
        with pytest.raises(ManifestInvalid):
            ground.store.manifest(ground.backup)
        tamper(ground, MANIFEST, lambda body, at=at: flipped(body, at=at))
    assert ground.store.manifest(ground.backup) == manifest


@pytest.mark.parametrize("other", [{"backup": "2026-11-01T021003Z-4f1c2a"}, {"database": "ledger"}])
def test_a_manifest_that_belongs_elsewhere_is_refused(
    ground: Ground, manifest: Manifest, other: dict[str, str]
) -> None:
    ground.store.finish(manifest)
    from containers.backup.manifest import encode  # noqa: PLC0415  only this test writes one by hand

    tamper(ground, MANIFEST, lambda _: encode(replace(manifest, **other)))
    with pytest.raises(ManifestInvalid, match="somebody has laid it there"):
        ground.store.manifest(ground.backup)
