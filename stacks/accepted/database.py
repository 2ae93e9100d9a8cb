"""What is accepted of PostgreSQL. Never looks at a template."""

from collections.abc import Iterator

from aws_cdk.region_info import RegionInfo

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, Finding, across
from stacks.settings import Environment


def database_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of every instance, of the primary and of the monitoring."""
    settings = environment.database
    primary = ("database/Primary/Instance",)
    replicas = tuple(f"database/Replica{n + 1}/Instance" for n in range(settings.read_replicas))
    yield Finding(
        "Port 5432 is reachable from the tier's own security groups, in a VPC without an internet route, by "
        "TLS and a login only. Another number would hide nothing from someone inside and would surprise "
        "every tool.",
        primary + replicas,
        (f"{AWS}RDS11",),
    )
    yield Finding(
        "The minor version is pinned and raised by a reviewed change of database.engine_version, first in "
        "dev. An upgrade by RDS itself would happen unreviewed, and the next deployment would read as a "
        "downgrade and fail.",
        primary + replicas,
        across("RDSAutomaticMinorVersionUpgradeEnabled", HIPAA, PCI),
    )
    yield Finding(
        f"RDS's own automated backups run daily and keep {settings.backup_retention_days} days with "
        "point-in-time recovery, and outlive the instance (DeleteAutomatedBackups=false). An AWS Backup "
        "plan in continuous mode would take the window and the retention over and make them drift from "
        "this declaration.",
        primary,
        across("RDSInBackupPlan", NIST, HIPAA),
    )
    yield from _replicas(replicas)
    if not (settings.multi_az or environment.termination_protection):
        yield Finding(
            f"{environment.name} may be unavailable for the time of a restore: it serves no users, and "
            "database.multi_az = false halves its largest cost. A protected environment has a standby.",
            primary,
            (f"{AWS}RDS3", *across("RDSMultiAZSupport", NIST, HIPAA)),
        )
    if not (settings.deletion_protection or environment.termination_protection):
        yield Finding(
            f"{environment.name} is made and removed as work needs it (database.deletion_protection = "
            "false). Deleting it still takes a final snapshot and keeps the automated backups.",
            primary,
            (f"{AWS}RDS10", *across("RDSInstanceDeletionProtectionEnabled", NIST, HIPAA)),
        )
    if settings.monitoring_interval_seconds:
        account = environment.account or "<AWS::AccountId>"
        partition = RegionInfo.get(environment.region).partition or "<AWS::Partition>"
        groups = f"arn:{partition}:logs:{environment.region}:{account}:log-group:RDS*"
        yield Finding(
            "Enhanced Monitoring writes to a log group whose name RDS chooses, and to streams named after "
            "resource ids that do not exist before the instances do. These are the rights that RDS asks for, "
            "narrowed to this account and region; only RDS can assume the role, for instances of this "
            "environment.",
            ("database/Monitoring/Policy/Resource",),
            (f"{AWS}IAM5[Resource::{groups}]", f"{AWS}IAM5[Resource::{groups}:log-stream:*]"),
        )


def _replicas(replicas: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what is accepted because a replica is made from its primary, and can be at any time."""
    if not replicas:
        return
    yield Finding(
        "A replica holds no data of its own: it is made again from the primary, whose backups are the "
        "tier's.",
        replicas,
        across("RDSInBackupPlan", NIST, HIPAA),
    )
    yield Finding(
        "A replica is encrypted with its source's key whether stated or not: RDS cannot make an "
        "unencrypted replica of an encrypted primary, and CloudFormation refuses StorageEncrypted "
        "beside SourceDBInstanceIdentifier. The primary states it.",
        replicas,
        (f"{AWS}RDS2", *across("RDSStorageEncrypted", NIST, HIPAA, PCI)),
    )
    yield Finding(
        "A replica serves reports; when it is lost, readers use the primary until it is made again. "
        "Availability of writes rests on the primary's Multi-AZ standby, which is a setting of its own.",
        replicas,
        (f"{AWS}RDS3", *across("RDSMultiAZSupport", NIST, HIPAA)),
    )
    yield Finding(
        "A replica holds no data of its own: database.read_replicas may go down, in a protected environment "
        "too, and RDS would refuse to delete a protected replica. The primary is what is protected.",
        replicas,
        (f"{AWS}RDS10", *across("RDSInstanceDeletionProtectionEnabled", NIST, HIPAA)),
    )
