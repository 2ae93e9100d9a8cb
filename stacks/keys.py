"""The customer-managed keys: one for everything in dev, one for each kind of data in prod.

They have a stack of their own because every other stack uses them (docs/adr/0002). Never grants a role of
another stack anything in a key's policy: users are allowed by their own IAM policies.
"""

from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.key_users import allow_alarms, allow_log_groups
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.settings.encryption import EncryptionSettings

Purpose = Literal["database", "cache", "secrets", "logs", "backup"]

PURPOSES: dict[Purpose, str] = {
    "database": "RDS storage, backups and performance data",
    "cache": "ElastiCache data at rest and snapshots",
    "secrets": "Secrets Manager secrets",
    "logs": "CloudWatch log groups and the topic of the alarms",
    "backup": "backups outside RDS, in this region",
}


class KeysStack(TierStack):
    """The keys, by purpose. `arn("logs")` is the same key as `arn("database")` where they share one."""

    def __init__(
        self, scope: Construct, *, tier: Tier, settings: EncryptionSettings, backed_up: bool = False
    ) -> None:
        """Declare them; the one for backups only if there are any besides RDS's own, `backed_up`."""
        super().__init__(scope, tier=tier, part="keys", description="datatier: customer-managed keys")
        shared = self._key("data", "everything of the data tier") if settings.keys == "shared" else None
        self._keys = {
            purpose: shared or self._key(purpose, use)
            for purpose, use in PURPOSES.items()
            if purpose != "backup" or backed_up
        }
        allow_log_groups(self, self._keys["logs"])
        allow_alarms(self, self._keys["logs"])
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
