"""The RDS instances: a primary, and replicas that follow it. Never decides a parameter or makes a secret."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.service_role import ServiceRole
from stacks.naming import POSTGRES_PORT, Names
from stacks.settings.database import DatabaseSettings

EXPORTED_LOGS = ("postgresql", "upgrade")


@dataclass(frozen=True, kw_only=True)
class InstanceInputs:
    """What a primary and a replica have in common."""

    settings: DatabaseSettings
    security_group_id: str
    data_key_arn: str
    logs_key_arn: str
    monitoring: ServiceRole | None


@dataclass(frozen=True, kw_only=True)
class CopiedBackups:
    """Where RDS copies its automated backups, and the log that point-in-time recovery needs."""

    region: str
    key_arn: str


class PostgresInstance(Construct):
    """One instance and its log groups, which exist before the first line is logged."""

    def __init__(
        self, scope: Construct, id_: str, *, identifier: str, parameter_group: str, inputs: InstanceInputs
    ) -> None:
        super().__init__(scope, id_)
        self.resource = rds.CfnDBInstance(
            self, "Instance", db_instance_identifier=identifier, db_parameter_group_name=parameter_group
        )
        self._share(inputs)
        self._logs = [
            EncryptedLogGroup(
                self,
                f"{log.capitalize()}Log",
                name=Names.instance_log_group(identifier, log),
                key_arn=inputs.logs_key_arn,
                retention_days=inputs.settings.log_retention_days,
            )
            for log in EXPORTED_LOGS
        ]
        for group in self._logs:
            self.resource.add_resource_dependency(group.resource)

    @property
    def host(self) -> str:
        """The endpoint's address."""
        return self.resource.attr_endpoint_address

    @property
    def port(self) -> str:
        """The endpoint's port."""
        return self.resource.attr_endpoint_port

    def _share(self, inputs: InstanceInputs) -> None:
        """Set what holds for every instance of the tier."""
        settings, it = inputs.settings, self.resource
        it.db_instance_class = settings.instance_class
        it.engine = "postgres"
        # Pinned: a minor upgrade by itself would make the next deployment read as a downgrade.
        it.engine_version = settings.engine_version
        it.auto_minor_version_upgrade = False
        it.port = str(POSTGRES_PORT)
        it.publicly_accessible = False
        it.vpc_security_groups = [inputs.security_group_id]
        it.ca_certificate_identifier = settings.ca_certificate
        it.enable_iam_database_authentication = True
        it.storage_type = "gp3"
        # On replicas too: one that does not grow with its primary stops replaying.
        it.max_allocated_storage = settings.max_allocated_storage_gib
        it.preferred_maintenance_window = str(settings.maintenance_window)
        it.copy_tags_to_snapshot = True
        it.enable_cloudwatch_logs_exports = list(EXPORTED_LOGS)
        it.database_insights_mode = settings.insights_mode
        it.enable_performance_insights = True
        it.performance_insights_retention_period = settings.insights_retention_days
        it.performance_insights_kms_key_id = inputs.data_key_arn
        it.monitoring_interval = settings.monitoring_interval_seconds
        if inputs.monitoring is not None:
            it.monitoring_role_arn = inputs.monitoring.arn
            # RDS refuses a role that cannot write yet.
            it.node.add_dependency(inputs.monitoring.policy)


class PostgresPrimary(PostgresInstance):
    """The instance that takes all writes, with its backups. Deleting it takes a final snapshot first."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        identifier: str,
        parameter_group: str,
        inputs: InstanceInputs,
        subnet_group: str,
        master_password: str,
        copied: CopiedBackups | None = None,
    ) -> None:
        """Declare it; with `copied`, its backups are copied as long as they are kept here."""
        super().__init__(scope, id_, identifier=identifier, parameter_group=parameter_group, inputs=inputs)
        settings, it = inputs.settings, self.resource
        it.db_name = settings.name
        it.master_username = settings.master_username
        it.master_user_password = master_password
        it.db_subnet_group_name = subnet_group
        it.storage_encrypted = True
        it.kms_key_id = inputs.data_key_arn
        # Storage autoscaling moves the real size past this. CloudFormation sends it with every update of the
        # instance all the same; since 2025 it accepts that the instance has grown meanwhile.
        it.allocated_storage = str(settings.allocated_storage_gib)
        it.multi_az = settings.multi_az
        it.deletion_protection = settings.deletion_protection
        it.allow_major_version_upgrade = False
        it.backup_retention_period = settings.backup_retention_days
        it.preferred_backup_window = str(settings.backup_window)
        if copied is not None:
            it.automatic_backup_replication_region = copied.region
            it.automatic_backup_replication_kms_key_id = copied.key_arn
            it.automatic_backup_replication_retention_period = settings.backup_retention_days
        # Point-in-time recovery stays possible for the whole retention after the instance is gone.
        it.delete_automated_backups = False
        it.apply_removal_policy(RemovalPolicy.SNAPSHOT)


class PostgresReplica(PostgresInstance):
    """A streaming replica. It inherits subnets, key, size and credentials, and holds no state of its own.

    So nothing of it is kept: database.read_replicas goes down and up again, in prod too, and the names of
    the instance and of its log groups must be free for the next one.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        identifier: str,
        parameter_group: str,
        inputs: InstanceInputs,
        source: PostgresPrimary,
    ) -> None:
        super().__init__(scope, id_, identifier=identifier, parameter_group=parameter_group, inputs=inputs)
        self.resource.source_db_instance_identifier = source.resource.ref
        self.resource.deletion_protection = False
        for resource in (self.resource, *(group.resource for group in self._logs)):
            resource.apply_removal_policy(RemovalPolicy.DESTROY)
