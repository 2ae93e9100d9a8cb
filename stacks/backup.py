"""Backups outside RDS: a nightly task that writes them to S3, which copies them, and what looks after all.

Deployed after the bootstrap, which makes the login `backup`, and after the recovery stack, which has the
bucket that is copied to. Never restores anything: a person does, or the drill (docs/adr/0009).

    schedule, 02:15 UTC ──▶ task ──▶ bucket ══S3══▶ bucket of the recovery region
    schedule, hourly ─────▶ watch_backups ─── reads both, asks RDS there, publishes ages ──▶ alarms
"""

from pathlib import Path

from constructs import Construct

from stacks.alarms import AlarmsStack
from stacks.constructs.aws_backup_plan import AwsBackupPlan
from stacks.constructs.backup_alarms import BackupAlarms, Figures, Nightly, copy_dimensions
from stacks.constructs.backup_bucket import BackupBucket
from stacks.constructs.backup_watch import FUNCTION, BackupWatch, Logical
from stacks.constructs.container_image import ContainerImage
from stacks.constructs.drill_alarms import DrillAlarms
from stacks.constructs.object_access import may_list, may_read, may_use_key, may_write
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.recovery_place import RecoveryPlace
from stacks.constructs.replication import Replication
from stacks.constructs.scheduled_task import ScheduledTask, TaskNetwork, TaskSize
from stacks.constructs.secret_access import may_read as may_read_secrets
from stacks.constructs.snapshot_failures import SnapshotFailures
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.naming import BACKUP, BACKUPS_PREFIX
from stacks.network import NetworkStack
from stacks.settings.backup import BackupSettings

SOURCES = ("lambdas/__init__.py", "lambdas/common", f"lambdas/{FUNCTION}")
LOCK = f"lambdas/{FUNCTION}/requirements.lock"
LOGIN = "backup"


class BackupStack(TierStack):
    """The bucket, the task, the watch and the alarms; and AWS Backup's plan, where it is asked for."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: BackupSettings,
        root: Path,
        asset: PythonAsset,
        database_name: str,
        network: NetworkStack,
        keys: KeysStack,
        alarms: AlarmsStack,
        database: DatabaseStack,
        credentials: CredentialsStack,
    ) -> None:
        """Declare them; `root` is the repository, `asset` the package of what looks after the backups."""
        super().__init__(
            scope, tier=tier, part=BACKUP, description="datatier: backups, their copies, their age"
        )
        self._settings = settings
        self._database_name = database_name
        self._recovery = RecoveryPlace.of(self)
        self._keys = keys
        self._logs_key_arn = keys.arn("logs")
        nightly: tuple[BackupBucket, ScheduledTask] | None = None
        if settings.logical:
            bucket = self._bucket()
            task = self._task(
                root, bucket, network, database, credentials, secrets_key_arn=keys.arn("secrets")
            )
            self._publish(bucket, task)
            nightly = bucket, task
        if settings.watched:
            self._watch(asset, nightly, database.primary_arn, alarms)
        if settings.aws_backup:
            self._snapshots(network, database, alarms)

    @property
    def _key_arn(self) -> str:
        """ARN of the key of what is kept here."""
        return self._keys.arn("backup")

    def _snapshots(self, network: NetworkStack, database: DatabaseStack, alarms: AlarmsStack) -> None:
        plan = AwsBackupPlan(
            self,
            "Snapshots",
            settings=self._settings,
            window=database.backup_window,
            instance_arn=database.primary_arn,
            subnet_group=database.subnet_group,
            security_group_id=network.groups.postgres.security_group_id,
            key_arn=self._key_arn,
            recovery=self._recovery,
        )
        SnapshotFailures(
            self,
            "SnapshotFailures",
            vault_arn=plan.vault_arn,
            role_arn=plan.role_arn,
            topic=alarms.topic,
            logs_key_arn=self._logs_key_arn,
            log_retention_days=self._settings.log_retention_days,
        )

    def _bucket(self) -> BackupBucket:
        name = self.names.backup_bucket(account=self.account, region=self.region)
        replication = Replication(
            self, "Replication", bucket=name, key_arn=self._key_arn, recovery=self._recovery
        )
        return BackupBucket(
            self, "Backups", settings=self._settings, key_arn=self._key_arn, replication=replication
        )

    def _task(
        self,
        root: Path,
        bucket: BackupBucket,
        network: NetworkStack,
        database: DatabaseStack,
        credentials: CredentialsStack,
        *,
        secrets_key_arn: str,
    ) -> ScheduledTask:
        settings, secret_arn = self._settings, credentials.secret_arns[LOGIN]
        hour, minute = map(int, settings.start.split(":"))
        task = ScheduledTask(
            self,
            "Take",
            part=BACKUP,
            command="take",
            does="what a backup does: reads its login's secret, writes new objects",
            schedule=f"cron({minute} {hour} * * ? *)",
            image=ContainerImage(
                self, "Image", root=root, container=BACKUP, architecture=settings.architecture
            ),
            size=TaskSize(cpu=settings.cpu, memory_mb=settings.memory_mb, architecture=settings.architecture),
            network=TaskNetwork(
                subnet_ids=network.subnet_ids, security_group_id=network.backup.security_group_id
            ),
            environment={
                "BUCKET": bucket.name,
                "DATABASE": self._database_name,
                "PRIMARY_HOST": database.primary.host,
                "REPLICA_HOSTS": self.to_json_string([replica.host for replica in database.replicas]),
                "POSTGRES_PORT": database.primary.port,
                "LOGIN_SECRET_ARN": secret_arn,
                "STREAMS": str(settings.streams),
                "CHUNK_MIB": str(settings.chunk_mib),
                "METRICS_NAMESPACE": self.names.metrics,
                "POWERTOOLS_SERVICE_NAME": BACKUP,
            },
            statements=[
                *may_read_secrets(self, secret_arns=[secret_arn], key_arn=secrets_key_arn),
                may_list(bucket.arn),
                # A write whose answer was lost is recognised by what is there.
                may_read(bucket.arn, BACKUPS_PREFIX),
                may_write(bucket.arn, BACKUPS_PREFIX),
                may_use_key(
                    self,
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    key_arn=self._key_arn,
                    bucket_arn=bucket.arn,
                ),
            ],
            logs_key_arn=self._logs_key_arn,
            log_retention_days=settings.log_retention_days,
        )
        # No backup before its copies, its lock and its policy are in force.
        task.node.add_dependency(bucket)
        return task

    def _watch(
        self,
        asset: PythonAsset,
        nightly: tuple[BackupBucket, ScheduledTask] | None,
        instance_arn: str,
        alarms: AlarmsStack,
    ) -> None:
        settings = self._settings
        watch = BackupWatch(
            self,
            "Watch",
            settings=settings,
            asset=asset,
            database_name=self._database_name,
            logical=Logical(bucket=nightly[0], key_arn=self._key_arn) if nightly else None,
            copied_instance=instance_arn if settings.replicate_automated else None,
            recovery=self._recovery,
            logs_key_arn=self._logs_key_arn,
        )
        figures = Figures(namespace=self.names.metrics, database=self._database_name)
        BackupAlarms(
            self,
            "Alarms",
            limits=settings.alarms,
            figures=figures,
            watch=watch.name,
            nightly=Nightly(
                rule=nightly[1].rule, copied=copy_dimensions(nightly[0].name, self._recovery.bucket)
            )
            if nightly
            else None,
            automated=settings.replicate_automated,
            topic=alarms.topic,
        )
        if settings.drill:
            DrillAlarms(self, "DrillAlarms", limits=settings.alarms, figures=figures, topic=alarms.topic)

    def _publish(self, bucket: BackupBucket, task: ScheduledTask) -> None:
        """Publish what starts a task; where it stands the network's stack publishes."""
        facts = {
            ("Bucket", "bucket"): (bucket.name, "Bucket of the backups"),
            ("Cluster", "cluster"): (task.cluster, "Cluster of the task that takes backups"),
            ("Task", "task"): (task.task_arn, "Task definition of a backup: it takes no parameter"),
        }
        for (id_, path), (value, description) in facts.items():
            self.publish(id_, BACKUP, path, value=value, description=description)
