"""The database slice: PostgreSQL on RDS. States what is wanted; whether it can be had is in rules.py."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.constraints import Between, OneOf, Shape, Slice
from stacks.settings.names import IDENTIFIER
from stacks.settings.network import LOG_RETENTION
from stacks.settings.windows import BackupWindow, DailyWindow, MaintenanceWindow, WeeklyWindow

PARAMETER = Shape(
    r"[a-z_]+(\.[a-z_]+)?", "a parameter's name, such as 'work_mem' or 'auto_explain.log_analyze'"
)
INSIGHTS_RETENTION = OneOf((7, *range(31, 24 * 31, 31), 731), "days")
"""CreateDBInstance, PerformanceInsightsRetentionPeriod: a week, whole months of 31 days, or two years."""


class DatabaseSettings(Slice):
    """The primary, its replicas, their backups and their parameters."""

    engine: Literal["postgres", "aurora-postgresql"] = Field(
        default="postgres",
        description="'postgres': RDS with one primary, as the document chooses; 'aurora-postgresql': for "
        "those who outgrow it (not built yet). Source: document, 'Hosting' and 'Horizontal Scaling'.",
    )
    sharding: Literal["none", "tenant_id"] = Field(
        default="none",
        description="'tenant_id': tables spread over shards by tenant, with Aurora PostgreSQL Limitless (not "
        "built yet). Source: document, 'Horizontal Scaling'.",
    )
    engine_version: Annotated[str, Shape(r"15\.[0-9]+", "a PostgreSQL 15 release, such as '15.17'")] = Field(
        default="15.17",
        description="Release of PostgreSQL 15, pinned; minor upgrades are a change of this line. Source: "
        "document, 'PostgreSQL 15'; the releases that RDS offers, as bundled by cfn-lint.",
    )
    instance_class: str = Field(
        default="db.t3.medium",
        description="Size of the primary and of every replica. Source: document, 'Vertical Scaling' "
        "(db.t3.medium to db.r6g.xlarge); the classes that RDS offers for the release and the region, as "
        "bundled by cfn-lint.",
    )
    name: Annotated[str, IDENTIFIER] = Field(
        default="app",
        description="Name of the database on the instance; changing it replaces the instance. Source: "
        "CreateDBInstance, DBName.",
    )
    master_username: Annotated[str, IDENTIFIER] = Field(
        default="datatier_master",
        description="Name of the RDS master; changing it replaces the instance. Source: CreateDBInstance, "
        "MasterUsername.",
    )
    allocated_storage_gib: Annotated[int, Between(20, 65536, "GiB")] = Field(
        default=100,
        description="gp3 storage that the instance starts with. Source: document, 'Cost Estimation' (100 GB "
        "SSD); the RDS guide, 'Amazon RDS DB instance storage'.",
    )
    max_allocated_storage_gib: Annotated[int, Between(22, 65536, "GiB")] = Field(
        description="Ceiling of storage autoscaling, at least 10 % above allocated_storage_gib. Source: the "
        "RDS guide, 'Managing capacity automatically with storage autoscaling'.",
        examples=[1000],
    )
    multi_az: bool = Field(
        description="Whether a synchronous standby waits in another zone. Source: the RDS guide, 'Multi-AZ "
        "DB instance deployments'.",
        examples=[True],
    )
    read_replicas: Annotated[int, Between(0, 15, "replicas")] = Field(
        description="Streaming replicas for read-heavy queries; they need the automated backups, which "
        "cannot be turned off here. Source: document, 'Read Replicas' (when read load > 70 %); the RDS "
        "guide, 'Working with read replicas'.",
        examples=[1],
    )
    backup_retention_days: Annotated[int, Between(1, 35, "days")] = Field(
        default=30,
        description="Days that automated backups, and with them point-in-time recovery, reach back. Source: "
        "document, 'Backup Strategy' (30 days); RDS keeps at most 35.",
    )
    backup_window: BackupWindow = Field(
        default=DailyWindow.parse("02:00-04:00"),
        description="Daily window, in UTC, of the automated backup. Source: document, 'Backup Strategy' (2-4 "
        "AM UTC).",
    )
    maintenance_window: MaintenanceWindow = Field(
        default=WeeklyWindow.parse("sun:04:30-sun:05:30"),
        description="Weekly window, in UTC, of patches and of changes that may interrupt. Source: the RDS "
        "guide, 'The Amazon RDS maintenance window'.",
    )
    deletion_protection: bool = Field(
        description="Whether RDS refuses to delete the instance, whoever asks. Source: the RDS guide, "
        "'Deleting a DB instance'.",
        examples=[True],
    )
    insights_mode: Literal["standard", "advanced"] = Field(
        default="standard",
        description="Mode of CloudWatch Database Insights; 'advanced' costs by the vCPU and keeps 15 months. "
        "Source: the RDS guide, 'Monitoring Amazon RDS databases with CloudWatch Database Insights'.",
    )
    insights_retention_days: Annotated[int, INSIGHTS_RETENTION] = Field(
        default=7,
        description="Days that performance data are kept: 7 come free with 'standard', 'advanced' wants 465. "
        "Source: CreateDBInstance, PerformanceInsightsRetentionPeriod.",
    )
    monitoring_interval_seconds: Annotated[int, OneOf((0, 1, 5, 10, 15, 30, 60), "seconds")] = Field(
        default=60,
        description="Seconds between samples of Enhanced Monitoring; 0 turns it off. Source: "
        "CreateDBInstance, MonitoringInterval.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30,
        description="Days that the exported server logs are kept. Source: CloudWatch Logs, "
        "PutRetentionPolicy.",
    )
    ca_certificate: Literal["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"] = Field(
        default="rds-ca-rsa2048-g1",
        description="Authority that signs the server certificate. Source: the RDS guide, 'Using SSL/TLS to "
        "encrypt a connection'.",
    )
    slow_query_milliseconds: Annotated[int, Between(1, 3_600_000, "milliseconds")] = Field(
        default=1000,
        description="Statements at least this long are logged (log_min_duration_statement). Source: "
        "document, 'Alerting' (slow query > 1s).",
    )
    slow_plan_milliseconds: Annotated[int, Between(1, 3_600_000, "milliseconds")] = Field(
        default=1000,
        description="Statements at least this long are logged with their plan "
        "(auto_explain.log_min_duration). Source: document, 'Query Optimization' (EXPLAIN for slow queries).",
    )
    query_sample_milliseconds: Annotated[int, Between(0, 3_600_000, "milliseconds")] = Field(
        default=0,
        description="Statements at least this long are candidates of the sample that gives p50, p95 and p99 "
        "(log_min_duration_sample). Source: document, 'Metrics to Track'.",
    )
    query_sample_rate: Annotated[float, Between(0, 1, "of the candidates")] = Field(
        default=0.01,
        description="Share of the candidates that is logged (log_statement_sample_rate). Source: document, "
        "'Metrics to Track'; PostgreSQL 15, 'When to Log'.",
    )
    idle_in_transaction_timeout_seconds: Annotated[int, Between(1, 86_400, "seconds")] = Field(
        default=300,
        description="A session idle inside a transaction is ended after this time, because it keeps vacuum "
        "from cleaning up (idle_in_transaction_session_timeout). Source: PostgreSQL 15, 'Client Connection "
        "Defaults'.",
    )
    parameters: dict[Annotated[str, PARAMETER], str] = Field(
        default_factory=dict[str, str],
        description="Further parameters of the primary's parameter group, each value as text; what the tier "
        "promises or has a setting for is refused. Source: the RDS guide, 'Working with parameter groups'.",
    )
    replica_parameters: dict[Annotated[str, PARAMETER], str] = Field(
        default_factory=dict[str, str],
        description="Further parameters of the replicas' parameter group, laid over parameters. Source: the "
        "RDS guide, 'Working with parameter groups'.",
    )
    iam_logins: dict[Annotated[str, IDENTIFIER], Literal["readonly", "readwrite"]] = Field(
        default={"engineer": "readonly"},
        description="Logins for people, by IAM token instead of a password, each with what it may do. "
        "Source: the RDS guide, 'IAM database authentication'.",
    )
