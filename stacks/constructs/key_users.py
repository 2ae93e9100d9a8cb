"""Services that use a key for no caller whom IAM allows, and its words on them. Never makes a key."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.constructs.alarm_topic import from_alarms
from stacks.constructs.tier_stack import TierStack


def allow_alarms(stack: TierStack, key: kms.Key) -> None:
    """Let CloudWatch use the key, for this environment's alarms only: they publish to an encrypted topic.

    EventBridge, which a source condition would silence without a word, has no such right and needs none
    (SNS guide, 'Enable compatibility between event sources from AWS services and encrypted topics').
    """
    cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="CloudWatchAlarms",
            principals=[cloudwatch],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],  # in a key's policy: this key
            conditions=from_alarms(stack),
        )
    )


def allow_log_groups(stack: TierStack, key: kms.Key) -> None:
    """Let CloudWatch Logs use the key, for this environment's log groups only.

    RDS, ElastiCache, S3 and Secrets Manager need no statement: they act for a caller whom IAM allows.
    """
    logs = iam.ServicePrincipal("logs.amazonaws.com")
    groups = ("/aws/rds/instance/", "")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="CloudWatchLogs",
            principals=[logs],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            actions=[
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            resources=["*"],  # in a key's policy: this key
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{start}{stack.names.prefix}-*"
                        for start in groups
                    ]
                }
            },
        )
    )
