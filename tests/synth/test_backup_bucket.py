"""The buckets of both regions: locked, encrypted, closed, watched, and the one copied to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.synth.backups import BUCKET, HERE, THERE, allowed, bucket, bucket_policy, text

if TYPE_CHECKING:
    from tests.synth.template import Template, Tier

SOURCE = "datatier-prod-backups-account-us-east-1"
COPY = "datatier-prod-backups-account-us-west-2"


@pytest.fixture(params=[HERE, THERE])
def template(request: pytest.FixtureRequest, prod: Tier) -> Template:
    """The stack of each region's bucket in turn."""
    return prod.stack(request.param)


def test_its_name_can_be_told_before_it_is_there(prod: Tier) -> None:
    assert text(bucket(prod.stack(HERE))["BucketName"]) == SOURCE
    assert text(bucket(prod.stack(THERE))["BucketName"]) == COPY


def test_an_object_is_locked_for_as_long_as_the_document_keeps_backups(template: Template) -> None:
    it = bucket(template)
    assert it["ObjectLockEnabled"] is True
    assert it["VersioningConfiguration"] == {"Status": "Enabled"}
    assert it["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}


def test_what_has_expired_goes_with_its_versions_its_markers_and_its_unfinished_parts(
    template: Template,
) -> None:
    rules = {it["Id"]: it for it in bucket(template)["LifecycleConfiguration"]["Rules"]}
    assert rules["expire"]["ExpirationInDays"] == 30
    assert rules["expire"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rules["forget-markers"]["ExpiredObjectDeleteMarker"] is True
    assert rules["abort-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert all(it["Status"] == "Enabled" for it in rules.values())


def test_it_is_encrypted_with_a_key_of_ours_asked_for_once(template: Template) -> None:
    (rule,) = bucket(template)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "KMSMasterKeyID" in rule["ServerSideEncryptionByDefault"]


def test_it_is_closed_to_the_public_and_each_request_is_recorded(template: Template) -> None:
    for it in template.properties(BUCKET):
        assert set(it["PublicAccessBlockConfiguration"].values()) == {True}
    log = bucket(template)["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
    assert log in template.all(BUCKET)


def test_nobody_comes_without_tls_or_from_another_account(template: Template) -> None:
    policy = bucket_policy(template)
    assert {it["Effect"] for it in policy.values()} == {"Deny"}
    assert policy["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    strangers = policy["AccountOnly"]["Condition"]["StringNotEquals"]
    assert strangers == {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}


def test_what_creates_an_object_must_want_none_to_be_there(template: Template) -> None:
    it = bucket_policy(template)["NewObjectsOnly"]
    assert (it["Effect"], it["Action"], it["Principal"]) == ("Deny", "s3:PutObject", "*")
    assert it["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }


def test_it_outlives_its_stack_where_the_environment_is_protected(template: Template) -> None:
    for it in template.all(BUCKET).values():
        assert it["DeletionPolicy"] == "RetainExceptOnCreate"
        assert it["UpdateReplacePolicy"] == "Retain"


def rule(prod: Tier) -> dict[str, Any]:
    (only,) = bucket(prod.stack(HERE))["ReplicationConfiguration"]["Rules"]
    return only


def test_backups_are_copied_within_fifteen_minutes_under_the_other_regions_key(prod: Tier) -> None:
    to = rule(prod)["Destination"]
    assert text(to["Bucket"]) == f"arn:aws:s3:::{COPY}"
    assert to["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert to["Metrics"] == {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    assert text(to["EncryptionConfiguration"]["ReplicaKmsKeyID"]) == (
        "arn:aws:kms:us-west-2:account:alias/datatier/prod/recovery"
    )
    assert rule(prod)["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert prod.stack(THERE).one("AWS::KMS::Alias")["AliasName"] == "alias/datatier/prod/recovery"


def test_a_deletion_is_not_copied_and_neither_are_reports_of_drills(prod: Tier) -> None:
    assert rule(prod)["DeleteMarkerReplication"] == {"Status": "Disabled"}
    assert rule(prod)["Filter"] == {"Prefix": "backups/"}
    assert "ReplicationConfiguration" not in bucket(prod.stack(THERE))


def test_what_copies_may_read_here_write_there_and_nothing_else(prod: Tier) -> None:
    may = allowed(prod.stack(HERE), "ReplicationRole")
    reads = {it for it in may if it.startswith("s3:GetObject")}
    assert reads == {
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
    }
    assert all(may[it] == {f"arn:aws:s3:::{SOURCE}/backups/*"} for it in reads)
    writes = {"s3:ReplicateObject", "s3:ReplicateTags"}
    assert all(may[it] == {f"arn:aws:s3:::{COPY}/backups/*"} for it in writes)
    others = {"s3:GetReplicationConfiguration", "s3:ListBucket"}
    assert {it for it in may if it.startswith("s3:")} == reads | writes | others


def test_the_buckets_of_records_take_them_from_s3_alone(template: Template) -> None:
    (policy,) = [
        it for it in template.properties("AWS::S3::BucketPolicy") if "AccessLogs" in it["Bucket"]["Ref"]
    ]
    (allows,) = [it for it in policy["PolicyDocument"]["Statement"] if it["Effect"] == "Allow"]
    assert allows["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert allows["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert text(allows["Condition"]["ArnLike"]["aws:SourceArn"]).startswith(
        "arn:aws:s3:::datatier-prod-backups-account-"
    )
