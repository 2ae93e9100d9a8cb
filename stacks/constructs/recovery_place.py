"""What the tier's own region knows of the recovery region, by names alone: no value crosses between stacks.

The key is named by its alias. S3 documents that it takes an alias' ARN (API reference, 'ReplicaKmsKeyID');
RDS documents 'the AWS KMS key identifier' and shows a key's ARN: that it takes an alias there was not tried
on AWS. Rights cannot be given on an alias' ARN: they are given on the keys that bear it (KMS guide,
'Controlling access to keys with aliases').
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_iam as iam

from stacks.constructs.tier_stack import TierStack
from stacks.naming import RECOVERY


@dataclass(frozen=True, kw_only=True)
class RecoveryPlace:
    """Where copies go: the region, its bucket, its key and its vault."""

    region: str
    bucket: str
    bucket_arn: str
    key_alias: str
    key_alias_arn: str
    keys_arn: str
    vault_arn: str
    rds_arn: str

    @classmethod
    def of(cls, stack: TierStack) -> Self:
        """Name them as the recovery stack of the same environment does."""
        region, names = stack.tier.recovery_region, stack.names
        bucket = names.backup_bucket(account=stack.account, region=region)
        kms = f"arn:{stack.partition}:kms:{region}:{stack.account}"
        alias = names.key_alias(RECOVERY)
        return cls(
            region=region,
            bucket=bucket,
            bucket_arn=f"arn:{stack.partition}:s3:::{bucket}",
            key_alias=alias,
            key_alias_arn=f"{kms}:{alias}",
            keys_arn=f"{kms}:key/*",
            rds_arn=f"arn:{stack.partition}:rds:{region}:{stack.account}",
            vault_arn=f"arn:{stack.partition}:backup:{region}:{stack.account}:backup-vault:{names.vault}",
        )

    def may_use_key(self, actions: Sequence[str]) -> iam.PolicyStatement:
        """Use the key, on objects of the bucket and by S3 alone."""
        return iam.PolicyStatement(
            actions=list(actions),
            resources=[self.keys_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"s3.{self.region}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": self.bucket_arn,
                },
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": self.key_alias},
            },
        )

    def may_list_automated_backups(self) -> iam.PolicyStatement:
        """List the automated backups there, those that RDS has copied among them.

        The action is of two kinds of resource, both optional and neither by a name of ours: a copy's is made
        up by RDS, and a list asks for all (Service Authorization Reference, 'Amazon RDS').
        """
        return iam.PolicyStatement(
            actions=["rds:DescribeDBInstanceAutomatedBackups"],
            resources=[f"{self.rds_arn}:auto-backup:*", f"{self.rds_arn}:db:*"],
        )
