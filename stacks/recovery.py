"""What stands in the recovery region: the key, the copies, and the drill that restores them every week.

Deployed before everything that copies there, and named so that it can be spoken of before (docs/adr/0009).
Never asks anything of the tier's own region: it has to work when that one is gone.
"""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.backup_alarms import copy_dimensions
from stacks.constructs.backup_bucket import BackupBucket
from stacks.constructs.backup_vault import BackupVault
from stacks.constructs.container_image import ContainerImage
from stacks.constructs.drill_alarms import RecoveryAlarms
from stacks.constructs.flow_logs import record_flows
from stacks.constructs.key_users import allow_alarms, allow_log_groups
from stacks.constructs.object_access import may_list, may_read, may_use_key, may_write
from stacks.constructs.recovery_network import RecoveryNetwork
from stacks.constructs.scheduled_task import SCRATCH, ScheduledTask, TaskNetwork, TaskSize
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.naming import BACKUP, BACKUPS_PREFIX, DRILL, DRILLS_PREFIX, RECOVERY
from stacks.settings.backup import BackupSettings


class RecoveryStack(TierStack):
    """The key, and what the settings ask for: bucket, drill, vault."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: BackupSettings,
        root: Path,
        database_name: str,
        zones: Sequence[str],
        flow_log_days: int | None,
        email: Sequence[str],
    ) -> None:
        """Declare them; `zones` are the region's, and without `flow_log_days` no flow is recorded."""
        super().__init__(
            scope,
            tier=tier,
            part=RECOVERY,
            region=tier.recovery_region,
            description="datatier: copies of the backups, and the drill that restores them",
        )
        self._settings = settings
        self._database_name = database_name
        self._key_arn = self._key().key_arn
        if settings.logical:
            bucket = BackupBucket(self, "Copies", settings=settings, key_arn=self._key_arn)
            self.publish(
                "DrillBucket", DRILL, "bucket", value=bucket.name, description="Bucket of the copies"
            )
            drill = self._drill(root, bucket, zones, flow_log_days) if settings.drill else None
            topic = AlarmTopic(self, "Alarms", key_arn=self._key_arn, email=email)
            self.publish(
                "AlarmTopicArn",
                "alarms",
                "topic-arn",
                value=topic.arn,
                description="Topic of the recovery region's alarms: an alarm reaches no other region's",
            )
            RecoveryAlarms(
                self,
                "Watched",
                limits=settings.alarms,
                drill_rule=drill.rule if drill else None,
                copied=copy_dimensions(
                    self.names.backup_bucket(account=self.account, region=tier.region), bucket.name
                ),
                topic=topic,
            )
        if settings.aws_backup:
            BackupVault(self, "Snapshots", key_arn=self._key_arn, retention_days=settings.retention_days)

    def _key(self) -> kms.Key:
        """Return the one key of everything here; RDS encrypts its copies with it too."""
        key = kms.Key(
            self,
            "Key",
            alias=self.names.key_alias(RECOVERY),
            description=f"{self.names.prefix}: copies of the backups, and the logs beside them",
            enable_key_rotation=True,
            # As of the tier's own keys: a copy without its key is noise.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        allow_log_groups(self, key)
        allow_alarms(self, key)
        return key

    def _drill(
        self, root: Path, bucket: BackupBucket, zones: Sequence[str], flow_log_days: int | None
    ) -> ScheduledTask:
        settings = self._settings
        network = RecoveryNetwork(self, "Network", zones=zones, bucket_arn=bucket.arn)
        if flow_log_days is not None:
            record_flows(self, vpc_id=network.vpc_id, key_arn=self._key_arn, retention_days=flow_log_days)
        task = ScheduledTask(
            self,
            "Drill",
            part=DRILL,
            command="drill",
            does="what a drill does: reads the copies, writes its report",
            schedule=settings.drill_schedule,
            image=ContainerImage(
                self, "Image", root=root, container=BACKUP, architecture=settings.architecture
            ),
            size=TaskSize(
                cpu=settings.drill_cpu,
                memory_mb=settings.drill_memory_mb,
                architecture=settings.architecture,
                disk_gib=settings.drill_disk_gib,
            ),
            network=TaskNetwork(
                subnet_ids=network.subnet_ids, security_group_id=network.security_group_id, public=True
            ),
            environment={
                "BUCKET": bucket.name,
                "DATABASE": self._database_name,
                "STREAMS": str(settings.streams),
                "SCRATCH_DIRECTORY": SCRATCH,
                "APPLY_MIGRATIONS": "true" if settings.apply_migrations else "false",
                "METRICS_NAMESPACE": self.names.metrics,
                "POWERTOOLS_SERVICE_NAME": DRILL,
            },
            statements=[
                may_list(bucket.arn),
                # Its own report too: a write whose answer was lost is recognised by what is there.
                may_read(bucket.arn, BACKUPS_PREFIX, DRILLS_PREFIX),
                may_write(bucket.arn, DRILLS_PREFIX),
                may_use_key(
                    self,
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    key_arn=self._key_arn,
                    bucket_arn=bucket.arn,
                ),
            ],
            logs_key_arn=self._key_arn,
            log_retention_days=settings.log_retention_days,
        )
        facts = {
            ("Cluster", "cluster"): (task.cluster, "Cluster of the drill's task"),
            ("Task", "task"): (task.task_arn, "Task definition of a drill: it takes no parameter"),
            ("Subnets", "subnets"): (
                ",".join(network.subnet_ids),
                "Subnets of the drill's task, comma-separated: it wants a public address in them",
            ),
            ("SecurityGroup", "security-group"): (
                network.security_group_id,
                "Security group of the drill's task",
            ),
        }
        for (name, path), (value, description) in facts.items():
            self.publish(f"Drill{name}", DRILL, path, value=value, description=description)
        return task
