"""Rights on the objects of a bucket with a key of its own. Never the right to delete, or to bypass a lock."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from stacks.constructs.tier_stack import TierStack


def may_list(bucket_arn: str) -> iam.PolicyStatement:
    """See what is there; without it S3 says that what is not there is forbidden."""
    return iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket_arn])


def may_read(bucket_arn: str, *prefixes: str) -> iam.PolicyStatement:
    """Read the objects below some prefixes."""
    return iam.PolicyStatement(
        actions=["s3:GetObject"], resources=[f"{bucket_arn}/{prefix}*" for prefix in prefixes]
    )


def may_write(bucket_arn: str, prefix: str) -> iam.PolicyStatement:
    """Write objects below a prefix, and take back the parts of one that is not complete."""
    return iam.PolicyStatement(
        actions=["s3:PutObject", "s3:AbortMultipartUpload"], resources=[f"{bucket_arn}/{prefix}*"]
    )


def may_use_key(
    stack: TierStack, actions: Sequence[str], *, key_arn: str, bucket_arn: str
) -> iam.PolicyStatement:
    """Use the key, on objects of this bucket and by S3 alone.

    With a bucket key the context is the bucket's ARN (Amazon S3, 'Reducing the cost of SSE-KMS with Amazon S3
    Bucket Keys').
    """
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[key_arn],
        conditions={
            "StringEquals": {
                "kms:ViaService": f"s3.{stack.region}.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": bucket_arn,
            }
        },
    )
