"""The backup slice: what is kept of PostgreSQL besides RDS's own backups, and for how long. Never says how.

Everything is off unless an environment asks for it: RDS's own daily backups and point-in-time recovery are
the database slice's, and are always on.
"""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.constraints import Between, OneOf, Shape, Slice
from stacks.settings.network import LOG_RETENTION

_DOCUMENT = "Source: document, 'Backup Strategy'"
_SIZES = "Source: Amazon ECS, 'Fargate task sizes'."

FARGATE_CPU = OneOf((256, 512, 1_024, 2_048, 4_096), "CPU units")
CLOCK = Shape(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time of day in UTC, HH:MM, such as '02:15'")
SCHEDULE = Shape(
    r"cron\([0-5]?[0-9] (1?[0-9]|2[0-3]) (\? \* (SUN|MON|TUE|WED|THU|FRI|SAT|[1-7])|\*/[1-7] \* \?) \*\)",
    "a schedule of EventBridge that comes at least once a week, in UTC, such as 'cron(0 6 ? * SUN *)'",
)


class BackupAlarmsSettings(Slice):
    """From when on somebody is told."""

    age_hours: Annotated[int, Between(1, 168, "hours")] = Field(
        default=26,
        description="Age of the newest complete backup in the region: a day, and two hours to take it in. "
        f"{_DOCUMENT} (daily).",
    )
    replica_age_hours: Annotated[int, Between(1, 168, "hours")] = Field(
        default=27,
        description="Age of the newest complete backup in the recovery region: an hour more, to copy it. "
        f"{_DOCUMENT} (cross-region replication).",
    )
    automated_copy_age_hours: Annotated[int, Between(1, 168, "hours")] = Field(
        default=6,
        description="How far RDS's copy of its own backups in the recovery region may be behind, which takes "
        "the log over every few minutes and a snapshot a day. Source: the RDS guide, 'Replicating automated "
        "backups to another AWS Region'; nothing fixes it.",
    )
    pending_hours: Annotated[int, Between(2, 24, "hours")] = Field(
        default=3,
        description="How long objects of the newest backup may lack in the recovery region. Source: Amazon "
        "S3, 'S3 Replication Time Control' (15 minutes for 99.9 per cent of the objects).",
    )
    latency_seconds: Annotated[int, Between(60, 86_400, "seconds")] = Field(
        default=900,
        description="How far the copy in the recovery region may be behind, by S3's own measure. Source: "
        "Amazon S3, 'S3 Replication Time Control' (15 minutes).",
    )
    drill_age_hours: Annotated[int, Between(24, 744, "hours")] = Field(
        default=192,
        description="Time since a drill has last succeeded: a week, and a day to mend it in. Source: design, "
        "'What it is' (every week).",
    )
    rto_seconds: Annotated[int, Between(60, 604_800, "seconds")] = Field(
        default=14_400,
        description="How long the newest drill may have taken to restore and compare. Source: design, 'What "
        "it is'; nothing fixes it, so it is a figure to begin with.",
    )


class BackupSettings(Slice):
    """Which layers there are, how long each keeps, and what the tasks run on."""

    replicate_automated: bool = Field(
        default=False,
        description="Whether RDS copies its automated backups and its log to recovery_region, for "
        "point-in-time recovery there, under a key there. Source: the RDS guide, 'Replicating automated "
        "backups to another AWS Region'.",
    )
    logical: bool = Field(
        default=False,
        description="Whether a task writes a logical backup to S3 each night, which S3 copies to "
        f"recovery_region. {_DOCUMENT} (S3 with cross-region replication).",
    )
    drill: bool = Field(
        default=False,
        description="Whether the newest copy is restored in recovery_region each week and compared with what "
        "was backed up; it wants logical. Source: design, 'What it is' (restore themselves every week).",
    )
    aws_backup: bool = Field(
        default=False,
        description="Whether AWS Backup takes snapshots besides, in locked vaults of both regions, and tries "
        "their restore: a third copy, for a database that no drill's disk can hold. Source: AWS Backup, "
        "'Restore testing'.",
    )
    retention_days: Annotated[int, Between(1, 3_650, "days")] = Field(
        default=30,
        description="Days that logical backups and the snapshots of AWS Backup are kept, and cannot be "
        f"deleted. {_DOCUMENT} (30 days).",
    )
    lock_mode: Literal["governance", "compliance"] = Field(
        default="governance",
        description="Who may delete a backup before its time: 'governance': who has the right to bypass the "
        "lock, which no role of the tier has; 'compliance': nobody, and AWS closes an account sooner. Holds "
        "of logical backups. Source: Amazon S3, 'Locking objects with Object Lock'.",
    )
    start: Annotated[str, CLOCK] = Field(
        default="02:15",
        description="When the nightly backup begins, in UTC: within database.backup_window, half an hour "
        f"before its end at the latest. {_DOCUMENT} (2-4 AM UTC).",
    )
    streams: Annotated[int, Between(1, 16, "streams")] = Field(
        default=2,
        description="Tables, or parts of one, that are copied at a time, each by two connections: one reads, "
        "one counts and sums. Source: design, 'Backups that restore themselves'.",
    )
    chunk_mib: Annotated[int, Between(16, 65_536, "MiB")] = Field(
        default=1_024,
        description="A table larger than this is copied in parts of it. Source: Amazon S3, 'Multipart upload "
        "limits' (10 000 parts of 16 MiB an object).",
    )
    cpu: Annotated[int, FARGATE_CPU] = Field(
        default=1_024, description=f"CPU of the task that takes backups; 1024 is a core. {_SIZES}"
    )
    memory_mb: Annotated[int, Between(512, 30_720, "MiB")] = Field(
        default=2_048,
        description=f"Memory of the task that takes backups, one of those that its CPU allows. {_SIZES}",
    )
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64",
        description="Instruction set of the tasks and of their image, whatever machine builds it. Source: "
        "AWS Fargate pricing.",
    )
    drill_schedule: Annotated[str, SCHEDULE] = Field(
        default="cron(0 6 ? * SUN *)",
        description="When a drill begins, in UTC: after a night's backup has been copied. Source: "
        "EventBridge, 'Setting a schedule pattern'.",
    )
    drill_disk_gib: Annotated[int, Between(21, 200, "GiB")] = Field(
        default=200,
        description="Disk of the drill's task, which the whole restored database must fit on. Source: Amazon "
        "ECS, 'Fargate task ephemeral storage'.",
    )
    drill_cpu: Annotated[int, FARGATE_CPU] = Field(
        default=2_048, description=f"CPU of the drill's task, which builds every index. {_SIZES}"
    )
    drill_memory_mb: Annotated[int, Between(512, 30_720, "MiB")] = Field(
        default=8_192,
        description=f"Memory of the drill's task, one of those that its CPU allows. {_SIZES}",
    )
    drill_hours: Annotated[int, Between(1, 144, "hours")] = Field(
        default=12,
        description="A drill that has said nothing for so long has failed. Source: design, 'What it is'; "
        "nothing fixes it.",
    )
    apply_migrations: bool = Field(
        default=True,
        description="Whether a drill applies to the restored copy those migrations of the repository that "
        "the backup lacks, and reports their locks and durations. Source: design, 'Migrations'.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=90,
        description="Days that the tasks' logs, and the records of who has asked the buckets for what, are "
        "kept. Source: CloudWatch Logs, PutRetentionPolicy.",
    )
    alarms: BackupAlarmsSettings = Field(
        default_factory=BackupAlarmsSettings, description="From when on somebody is told of the backups."
    )

    @property
    def leaves_the_region(self) -> bool:
        """Whether something is kept in the recovery region, whose key it then needs."""
        return self.replicate_automated or self.logical or self.aws_backup

    @property
    def watched(self) -> bool:
        """Whether there is something whose age somebody has to look at."""
        return self.replicate_automated or self.logical

    @property
    def keeps_here(self) -> bool:
        """Whether something besides RDS's own backups is kept in the region, under a key of its own."""
        return self.logical or self.aws_backup
