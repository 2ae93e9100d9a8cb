"""A bucket for the records of who has asked another bucket for what. Never holds anything else.

Encrypted by S3's own keys: its log delivery can use no other (Amazon S3, 'Enabling server access logging').
"""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.bucket_privacy import PRIVATE, policy, tls_only
from stacks.constructs.tier_stack import TierStack


class AccessLogBucket(Construct):
    """The bucket, for one other, which need not be there yet."""

    def __init__(self, scope: TierStack, id_: str, *, of: str, keep_days: int) -> None:
        """Declare it; `of` is the name of the bucket that is watched."""
        super().__init__(scope, id_)
        bucket = s3.CfnBucket(
            self,
            "Bucket",
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    s3.CfnBucket.ServerSideEncryptionRuleProperty(
                        server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                            sse_algorithm="AES256"
                        )
                    )
                ]
            ),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
                rules=[s3.CfnBucket.RuleProperty(id="forget", status="Enabled", expiration_in_days=keep_days)]
            ),
            **PRIVATE,
        )
        scope.keep(bucket)
        self.name = bucket.ref
        self.policy = policy(
            self,
            bucket,
            [
                tls_only(bucket.attr_arn),
                {
                    "Sid": "AccessLogs",
                    "Effect": "Allow",
                    "Principal": {"Service": "logging.s3.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": f"{bucket.attr_arn}/*",
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": f"arn:{scope.partition}:s3:::{of}"},
                        "StringEquals": {"aws:SourceAccount": scope.account},
                    },
                },
            ],
        )
