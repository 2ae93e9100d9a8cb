"""What every bucket of the tier has in common: nobody outside, no ACL, TLS only. Never a bucket itself."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from aws_cdk import aws_s3 as s3
from constructs import Construct

Statement = Mapping[str, object]


class Privacy(TypedDict):
    """The properties that close a bucket to the public."""

    public_access_block_configuration: s3.CfnBucket.PublicAccessBlockConfigurationProperty
    ownership_controls: s3.CfnBucket.OwnershipControlsProperty


PRIVATE = Privacy(
    public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    ),
    ownership_controls=s3.CfnBucket.OwnershipControlsProperty(
        rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
    ),
)


def policy(scope: Construct, bucket: s3.CfnBucket, statements: Sequence[Statement]) -> s3.CfnBucketPolicy:
    """Declare the bucket's policy."""
    return s3.CfnBucketPolicy(
        scope,
        "Policy",
        bucket=bucket.ref,
        policy_document={"Version": "2012-10-17", "Statement": list(statements)},
    )


def tls_only(arn: str) -> Statement:
    """Refuse whoever does not come by TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def account_only(arn: str, *, account: str) -> Statement:
    """Refuse every principal of another account, whatever else is allowed; AWS's own services are none."""
    return {
        "Sid": "AccountOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": account},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def new_objects_only(arn: str) -> Statement:
    """Refuse to write over an object: what creates one must say that it wants none to be there.

    Parts of an upload cannot say so, and create none (Amazon S3, 'Enforce conditional writes on Amazon S3
    buckets'). S3's own replication does not put: it replicates.
    """
    return {
        "Sid": "NewObjectsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{arn}/*",
        "Condition": {
            "Null": {"s3:if-none-match": "true"},
            "Bool": {"s3:ObjectCreationOperation": "true"},
        },
    }
