"""A bucket of a template is versioned, locked, and replicated to the other region before it answers."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION, REGION, refusal
from tests.integration.rehearsal.toy_buckets import KEY, LOCKED_DAYS, REPLICA_KEY, ToyBuckets
from tools.rehearsal import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

MIB = 1 << 20


@pytest.fixture(scope="module")
def buckets(aws: EmulatedAws) -> ToyBuckets:
    toy = ToyBuckets(aws=aws)
    toy.deploy()
    return toy


@pytest.fixture
def key() -> str:
    return f"backups/{secrets.token_hex(4)}"


def code_of(act: Callable[[], object]) -> str | None:
    """The code that something is refused with."""
    with pytest.raises(ClientError) as refused:
        act()
    return refusal(refused.value)[0]


def test_all_that_the_template_says_can_be_read_back(buckets: ToyBuckets) -> None:
    s3, named = buckets.source_s3, {"Bucket": buckets.name}
    assert s3.get_bucket_versioning(**named)["Status"] == "Enabled"
    lock = s3.get_object_lock_configuration(**named)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": LOCKED_DAYS}
    (encryption,) = s3.get_bucket_encryption(**named)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KEY
    (rule,) = s3.get_bucket_lifecycle_configuration(**named)["Rules"]
    assert rule["Expiration"] == {"Days": 31}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    assert s3.get_bucket_tagging(**named)["TagSet"] == [{"Key": "toy", "Value": "yes"}]
    assert s3.get_bucket_logging(**named)["LoggingEnabled"]["TargetBucket"] == "toy-logs"
    assert all(s3.get_public_access_block(**named)["PublicAccessBlockConfiguration"].values())
    (replication,) = s3.get_bucket_replication(**named)["ReplicationConfiguration"]["Rules"]
    assert replication["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert "aws:SecureTransport" in s3.get_bucket_policy(**named)["Policy"]
    assert s3.get_bucket_location(**named).get("LocationConstraint") is None
    assert (
        buckets.replica_s3.get_bucket_location(Bucket=buckets.replica)["LocationConstraint"]
        == RECOVERY_REGION
    )


def test_what_is_put_is_in_the_other_region_before_the_answer(buckets: ToyBuckets, key: str) -> None:
    buckets.put(key, b"rows", Metadata={"rows": "1"}, ContentType="application/zstd")
    source = buckets.source_s3.head_object(Bucket=buckets.name, Key=key, ChecksumMode="ENABLED")
    replica = buckets.replica_s3.head_object(Bucket=buckets.replica, Key=key, ChecksumMode="ENABLED")
    digest = b64encode(hashlib.sha256(b"rows").digest()).decode()
    for one in (source, replica):
        assert (one["ContentLength"], one["Metadata"], one["ContentType"]) == (
            4,
            {"rows": "1"},
            "application/zstd",
        )
        assert one["ChecksumSHA256"] == digest
    assert (source["ReplicationStatus"], replica["ReplicationStatus"]) == ("COMPLETED", "REPLICA")
    assert (source["SSEKMSKeyId"], replica["SSEKMSKeyId"]) == (KEY, REPLICA_KEY)


def test_what_is_uploaded_in_parts_is_whole_locked_and_replicated(buckets: ToyBuckets, key: str) -> None:
    parts = [secrets.token_bytes(5 * MIB), b"the end"]
    version = buckets.upload(key, parts)
    for s3, bucket in ((buckets.source_s3, buckets.name), (buckets.replica_s3, buckets.replica)):
        found = s3.get_object(Bucket=bucket, Key=key)
        assert found["Body"].read() == b"".join(parts)
        assert found["ObjectLockMode"] == "COMPLIANCE"
        part = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={5 * MIB}-")
        assert (part["ResponseMetadata"]["HTTPStatusCode"], part["Body"].read()) == (206, b"the end")
    s3 = buckets.source_s3
    assert (
        code_of(lambda: s3.delete_object(Bucket=buckets.name, Key=key, VersionId=version)) == "AccessDenied"
    )


def test_nothing_is_overwritten_that_is_there(buckets: ToyBuckets, key: str) -> None:
    buckets.put(key, b"first")
    assert code_of(lambda: buckets.put(key, b"second")) == "PreconditionFailed"
    assert code_of(lambda: buckets.upload(key, [b"second"])) == "PreconditionFailed"
    assert buckets.source_s3.get_object(Bucket=buckets.name, Key=key)["Body"].read() == b"first"


def test_a_checksum_that_is_wrong_is_refused(buckets: ToyBuckets, key: str) -> None:
    wrong = b64encode(hashlib.sha256(b"other").digest()).decode()
    put = buckets.source_s3.put_object
    assert (
        code_of(lambda: put(Bucket=buckets.name, Key=key, Body=b"rows", ChecksumSHA256=wrong)) == "BadDigest"
    )


@pytest.mark.parametrize("at", ["source", "replica"])
def test_a_locked_version_stays_whoever_deletes_it(buckets: ToyBuckets, key: str, at: str) -> None:
    buckets.put(key, b"rows")
    s3, bucket = {
        "source": (buckets.source_s3, buckets.name),
        "replica": (buckets.replica_s3, buckets.replica),
    }[at]
    named: dict[str, Any] = {"Bucket": bucket, "Key": key}
    head = s3.head_object(**named)
    left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
    assert timedelta(days=LOCKED_DAYS - 1) < left <= timedelta(days=LOCKED_DAYS)
    version = head["VersionId"]
    assert code_of(lambda: s3.delete_object(**named, VersionId=version)) == "AccessDenied"
    governed = {"VersionId": version, "BypassGovernanceRetention": True}
    assert code_of(lambda: s3.delete_object(**named, **governed)) == "AccessDenied"
    shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    assert code_of(lambda: s3.put_object_retention(**named, Retention=shorter)) == "AccessDenied"
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "VersionId": version}]})
    assert [one["Code"] for one in many["Errors"]] == ["AccessDenied"]
    s3.delete_object(**named)  # a marker, under which the version stays
    assert code_of(lambda: s3.head_object(**named)) == "404"
    assert s3.get_object(**named, VersionId=version)["Body"].read() == b"rows"


def test_an_update_changes_what_the_template_changes(aws: EmulatedAws) -> None:
    buckets = ToyBuckets(aws=aws)
    buckets.deploy()
    changed = buckets.source_properties() | {"Tags": [{"Key": "toy", "Value": "other"}]}
    for gone in ("LifecycleConfiguration", "BucketEncryption", "LoggingConfiguration", "OwnershipControls"):
        del changed[gone]
    assert buckets.stack(REGION, buckets.name, changed)[0] == "UPDATE_COMPLETE"
    s3, named = buckets.source_s3, {"Bucket": buckets.name}
    assert s3.get_bucket_tagging(**named)["TagSet"] == [{"Key": "toy", "Value": "other"}]
    assert code_of(lambda: s3.get_bucket_lifecycle_configuration(**named)) == "NoSuchLifecycleConfiguration"
    (encryption,) = s3.get_bucket_encryption(**named)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert "LoggingEnabled" not in s3.get_bucket_logging(**named)
    assert s3.get_bucket_replication(**named)["ReplicationConfiguration"]["Rules"]


def test_encrypted_objects_are_not_replicated_by_a_rule_that_does_not_say_so(aws: EmulatedAws) -> None:
    buckets = ToyBuckets(aws=aws)
    replication = buckets.source_properties()["ReplicationConfiguration"]
    (rule,) = replication["Rules"]
    del rule["SourceSelectionCriteria"], rule["Destination"]["EncryptionConfiguration"]
    buckets.deploy(ReplicationConfiguration=replication)
    buckets.put("key", b"rows")
    head = buckets.replica_s3.head_object
    assert code_of(lambda: head(Bucket=buckets.replica, Key="key")) == "404"


def test_a_bucket_that_is_not_empty_is_not_deleted(aws: EmulatedAws) -> None:
    buckets = ToyBuckets(aws=aws)
    buckets.deploy()
    buckets.put("key", b"rows")
    stacks = buckets.client("cloudformation")
    stacks.delete_stack(StackName=buckets.name)
    with pytest.raises(Exception, match="DELETE_FAILED"):
        stacks.get_waiter("stack_delete_complete").wait(
            StackName=buckets.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    assert buckets.source_s3.get_object(Bucket=buckets.name, Key="key")["Body"].read() == b"rows"


def test_a_setting_that_s3_refuses_fails_the_deployment_and_leaves_no_bucket(aws: EmulatedAws) -> None:
    buckets = ToyBuckets(aws=aws)
    unversioned = {"BucketName": buckets.name} | {
        "ReplicationConfiguration": buckets.source_properties()["ReplicationConfiguration"]
    }
    status, reasons = buckets.stack(REGION, buckets.name, unversioned)
    assert status == "ROLLBACK_COMPLETE"
    assert "ReplicationConfiguration: Versioning must be 'Enabled'" in reasons
    assert code_of(lambda: buckets.source_s3.head_bucket(Bucket=buckets.name)) == "404"


def test_it_counts_as_executed_by_what_it_did(buckets: ToyBuckets, key: str) -> None:
    buckets.put(key, b"rows")
    found: dict[str, set[str]] = {}
    for one in ledger.read(buckets.aws.layout.ledger):
        if isinstance(one, ledger.TookEffect) and one.resource_type == "AWS::S3::Bucket":
            found.setdefault(f"{one.physical_id} {one.region}", set()).update(one.honoured)
    lock = {"BucketName", "VersioningConfiguration", "ObjectLockEnabled", "ObjectLockConfiguration"}
    assert found[f"{buckets.name} {REGION}"] == lock | {"ReplicationConfiguration"}
    assert found[f"{buckets.replica} {RECOVERY_REGION}"] == lock


def test_what_names_no_key_is_encrypted_by_the_buckets_or_by_the_one_of_aws(
    buckets: ToyBuckets, key: str
) -> None:
    buckets.put(key, b"rows", ServerSideEncryption="aws:kms")
    assert buckets.source_s3.head_object(Bucket=buckets.name, Key=key)["SSEKMSKeyId"] == KEY
    plain, s3 = f"{buckets.name}-plain-{secrets.token_hex(2)}", buckets.source_s3
    s3.create_bucket(Bucket=plain)
    s3.put_object(Bucket=plain, Key=key, Body=b"rows", ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket=plain, Key=key)["SSEKMSKeyId"].endswith(":alias/aws/s3")
