"""A vault of AWS Backup, locked so that no snapshot in it goes before its time. Never says what goes into it.

Governance, whatever backup.lock_mode says: a vault that is locked for good cannot be taken back after three
days, and this layer is one of several (AWS Backup, 'AWS Backup Vault Lock').
"""

from aws_cdk import aws_backup as backup
from constructs import Construct

from stacks.constructs.tier_stack import TierStack


class BackupVault(Construct):
    """`datatier-<env>` of the stack's own region."""

    def __init__(self, scope: TierStack, id_: str, *, key_arn: str, retention_days: int) -> None:
        super().__init__(scope, id_)
        vault = backup.CfnBackupVault(
            self,
            "Vault",
            backup_vault_name=scope.names.vault,
            encryption_key_arn=key_arn,
            lock_configuration=backup.CfnBackupVault.LockConfigurationTypeProperty(
                min_retention_days=retention_days, max_retention_days=retention_days
            ),
        )
        scope.keep(vault)
        self.name = vault.ref
        self.arn = vault.attr_backup_vault_arn
