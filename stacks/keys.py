"""The customer-managed keys: one for everything in dev, one for each kind of data in prod.

They have a stack of their own because every other stack uses them (docs/adr/0002). Never grants a role of
another stack anything in a key's policy: users are allowed by their own IAM policies.
"""

from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.alarm_topic import from_alarms
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.settings.encryption import EncryptionSettings

Purpose = Literal["database", "cache", "secrets", "logs"]

PURPOSES: dict[Purpose, str] = {
    "database": "RDS storage, backups and performance data",
    "cache": "ElastiCache data at rest and snapshots",
    "secrets": "Secrets Manager secrets",
    "logs": "CloudWatch log groups and the topic of the alarms",
}


class KeysStack(TierStack):
    """The keys, by purpose. `arn("logs")` is the same key as `arn("database")` where they share one."""

    def __init__(self, scope: Construct, *, tier: Tier, settings: EncryptionSettings) -> None:
        super().__init__(scope, tier=tier, part="keys", description="datatier: customer-managed keys")
        shared = self._key("data", "everything of the data tier") if settings.keys == "shared" else None
        self._keys = {purpose: shared or self._key(purpose, use) for purpose, use in PURPOSES.items()}
        self._allow_log_groups(self._keys["logs"])
        self._allow_alarms(self._keys["logs"])
        self.publish(
            "SecretsKeyArn",
            "secrets",
            "key-arn",
            value=self.arn("secrets"),
            description="Key of the secrets: an application's own policy allows kms:Decrypt with it",
        )

    def arn(self, purpose: Purpose) -> str:
        """Return the ARN of the key for one kind of data."""
        return self._keys[purpose].key_arn

    def _key(self, purpose: str, use: str) -> kms.Key:
        return kms.Key(
            self,
            purpose.capitalize(),
            alias=self.names.key_alias(purpose),
            description=f"{self.names.prefix}: {use}",
            enable_key_rotation=True,
            # A snapshot without its key is noise: keys stay, in every environment.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    def _allow_alarms(self, key: kms.Key) -> None:
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
                conditions=from_alarms(self),
            )
        )

    def _allow_log_groups(self, key: kms.Key) -> None:
        """Let CloudWatch Logs use the key, for this environment's log groups only.

        RDS, ElastiCache and Secrets Manager need no statement: they act for a caller whom IAM allows.
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
                            f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{start}{self.names.prefix}-*"
                            for start in groups
                        ]
                    }
                },
            )
        )
