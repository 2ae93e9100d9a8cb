"""The backup task writes with its role, which can neither delete a backup nor overwrite one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from containers.backup.s3_store import S3Store
from containers.backup.upload import PART_BYTES
from lambdas.common.backup_layout import BackupId, data, prefix_of
from tests.synth.task_role import as_the_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.synth.template import Tier

DATABASE = "app"
BACKUP = BackupId("2026-11-26T021003Z-4f1c2a")
WRITTEN = prefix_of(DATABASE, BACKUP) + data(1)
ROWS = b"rows"
Writes = Callable[..., object]
Attempt = Callable[["S3Client", str, str], object]


@pytest.fixture
def task(prod: Tier, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Client, str]]:
    """Return S3 as the task has it, and the bucket, in which it has written one object."""
    with as_the_task(prod, monkeypatch) as (s3, bucket):
        S3Store(s3, bucket=bucket, database=DATABASE).write(BACKUP, data(1), [ROWS])
        yield s3, bucket


def refused(attempt: Callable[[], Any]) -> str:
    """Return the code of the error that an attempt ends with."""
    with pytest.raises(ClientError) as caught:
        attempt()
    return caught.value.response.get("Error", {}).get("Code", "")


@pytest.mark.parametrize("size", [0, len(ROWS), PART_BYTES + 1], ids=["empty", "small", "in parts"])
def test_what_a_task_does_is_allowed(task: tuple[S3Client, str], size: int) -> None:
    s3, bucket = task
    store = S3Store(s3, bucket=bucket, database=DATABASE)
    written = store.write(BACKUP, data(2), [bytes(size)])
    assert b"".join(store.read(BACKUP, written)) == bytes(size)
    assert store.backups() == []


def test_a_task_that_gives_up_takes_back_its_parts(task: tuple[S3Client, str]) -> None:
    s3, bucket = task
    begun = s3.create_multipart_upload(Bucket=bucket, Key=WRITTEN + "2")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key=WRITTEN + "2", UploadId=begun)


def put(s3: S3Client, bucket: str, **more: Any) -> object:  # noqa: ANN401  boto3's arguments
    return s3.put_object(Bucket=bucket, Key=WRITTEN, Body=b"other", **more)


def complete(s3: S3Client, bucket: str) -> object:
    begun = s3.create_multipart_upload(Bucket=bucket, Key=WRITTEN)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key=WRITTEN, UploadId=begun, PartNumber=1, Body=b"other")
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=WRITTEN, UploadId=begun,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )  # fmt: skip


@pytest.mark.parametrize("writes", [put, complete])
def test_an_object_cannot_be_written_over(task: tuple[S3Client, str], writes: Writes) -> None:
    s3, bucket = task
    assert refused(lambda: writes(s3, bucket)) in ("AccessDenied", "403")
    assert s3.get_object(Bucket=bucket, Key=WRITTEN)["Body"].read() == ROWS


def test_not_even_by_saying_that_none_is_there(task: tuple[S3Client, str]) -> None:
    s3, bucket = task
    assert refused(lambda: put(s3, bucket, IfNoneMatch="*")) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key=WRITTEN)["Body"].read() == ROWS


ATTEMPTS: dict[str, Attempt] = {
    "delete it": lambda s3, bucket, _: s3.delete_object(Bucket=bucket, Key=WRITTEN),
    "delete the version": lambda s3, bucket, version: s3.delete_object(
        Bucket=bucket, Key=WRITTEN, VersionId=version
    ),
    "delete it past the lock": lambda s3, bucket, version: s3.delete_object(
        Bucket=bucket, Key=WRITTEN, VersionId=version, BypassGovernanceRetention=True
    ),
    "write elsewhere": lambda s3, bucket, _: s3.put_object(
        Bucket=bucket, Key="drills/app/report.json", Body=b"", IfNoneMatch="*"
    ),
    "change the policy": lambda s3, bucket, _: s3.delete_bucket_policy(Bucket=bucket),
    "have it all expire": lambda s3, bucket, _: s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    ),
    "end the versions": lambda s3, bucket, _: s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
    "delete the bucket": lambda s3, bucket, _: s3.delete_bucket(Bucket=bucket),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_nobody_who_has_its_role_can_make_a_backup_vanish(
    task: tuple[S3Client, str], attempt: Attempt
) -> None:
    s3, bucket = task
    found = s3.get_object(Bucket=bucket, Key=WRITTEN)
    assert refused(lambda: attempt(s3, bucket, found["VersionId"])) in ("AccessDenied", "403")
    assert s3.get_object(Bucket=bucket, Key=WRITTEN)["Body"].read() == ROWS


def test_nor_can_it_be_deleted_among_others(task: tuple[S3Client, str]) -> None:
    s3, bucket = task
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": WRITTEN}]})
    assert [one.get("Code") for one in done.get("Errors", [])] == ["AccessDenied"]
    assert s3.get_object(Bucket=bucket, Key=WRITTEN)["Body"].read() == ROWS
