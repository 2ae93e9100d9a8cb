"""A bucket that holds backups: locked for their retention, encrypted, watched, and in the source replicated.

Never lets an object be written over, nor be deleted before its time, by anybody without the right to bypass
the lock; no role of the tier has it. What lies in it forgets itself by the lifecycle alone.
"""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.access_log_bucket import AccessLogBucket
from stacks.constructs.bucket_privacy import PRIVATE, account_only, new_objects_only, policy, tls_only
from stacks.constructs.replication import Replication
from stacks.constructs.tier_stack import TierStack
from stacks.settings.backup import BackupSettings

INCOMPLETE_DAYS = 1
"""After which the parts of an upload go that nobody has completed: a backup takes hours at most."""


class BackupBucket(Construct):
    """`datatier-<env>-backups-<account>-<region>` of the stack's own region."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: BackupSettings,
        key_arn: str,
        replication: Replication | None = None,
    ) -> None:
        """Declare it; with `replication`, its backups are copied."""
        super().__init__(scope, id_)
        self.name = scope.names.backup_bucket(account=scope.account, region=scope.region)
        self.arn = f"arn:{scope.partition}:s3:::{self.name}"
        logs = AccessLogBucket(scope, f"{id_}AccessLogs", of=self.name, keep_days=settings.log_retention_days)
        of = s3.CfnBucket
        bucket = of(
            self,
            "Bucket",
            bucket_name=self.name,
            versioning_configuration=of.VersioningConfigurationProperty(status="Enabled"),
            object_lock_enabled=True,
            object_lock_configuration=of.ObjectLockConfigurationProperty(
                object_lock_enabled="Enabled",
                rule=of.ObjectLockRuleProperty(
                    default_retention=of.DefaultRetentionProperty(
                        mode=settings.lock_mode.upper(), days=settings.retention_days
                    )
                ),
            ),
            bucket_encryption=of.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    of.ServerSideEncryptionRuleProperty(
                        # One call of KMS for many objects, not for each of their parts.
                        bucket_key_enabled=True,
                        server_side_encryption_by_default=of.ServerSideEncryptionByDefaultProperty(
                            sse_algorithm="aws:kms", kms_master_key_id=key_arn
                        ),
                    )
                ]
            ),
            lifecycle_configuration=of.LifecycleConfigurationProperty(rules=_lifecycle(settings)),
            logging_configuration=of.LoggingConfigurationProperty(destination_bucket_name=logs.name),
            replication_configuration=replication.configuration if replication else None,
            **PRIVATE,
        )
        scope.keep(bucket)
        bucket.node.add_dependency(logs.policy)
        if replication:
            bucket.node.add_dependency(replication.role.policy)
        self.resource = bucket
        self.policy = policy(
            self,
            bucket,
            [
                tls_only(bucket.attr_arn),
                account_only(bucket.attr_arn, account=scope.account),
                new_objects_only(bucket.attr_arn),
            ],
        )


def _lifecycle(settings: BackupSettings) -> list[s3.CfnBucket.RuleProperty]:
    """Forget what is older than the retention; a version that is still locked stays until it is not."""
    of = s3.CfnBucket
    return [
        of.RuleProperty(
            id="expire",
            status="Enabled",
            expiration_in_days=settings.retention_days,
            # An object that has expired is a version that is not current: a day later it is gone.
            noncurrent_version_expiration=of.NoncurrentVersionExpirationProperty(noncurrent_days=1),
        ),
        of.RuleProperty(id="forget-markers", status="Enabled", expired_object_delete_marker=True),
        of.RuleProperty(
            id="abort-uploads",
            status="Enabled",
            abort_incomplete_multipart_upload=of.AbortIncompleteMultipartUploadProperty(
                days_after_initiation=INCOMPLETE_DAYS
            ),
        ),
    ]
