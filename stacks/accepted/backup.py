"""What is accepted of backups: their tasks, their watch, their buckets. Never looks at a template."""

from collections.abc import Iterator

from aws_cdk.region_info import RegionInfo

from stacks.accepted.drill import drill_findings
from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, SERVERLESS, Finding, across
from stacks.accepted.functions import functions
from stacks.naming import BACKUPS_PREFIX, DRILLS_PREFIX, Names
from stacks.settings import Environment

WATCH = functions("backup/Watch/Watch")
LOG_BUCKETS = ("backup/BackupsAccessLogs/Bucket", "recovery/CopiesAccessLogs/Bucket")


def backup_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted where there are backups outside RDS."""
    backup = environment.backup
    if backup.logical:
        yield from _of_buckets()
        yield from _of_rights(environment)
        yield from _of_tasks(environment)
        if backup.drill:
            yield from drill_findings(environment)
    if backup.watched:
        yield from _of_the_watch(environment)
    if backup.replicate_automated:
        yield _of_the_list(environment)
    if backup.aws_backup:
        yield from _of_snapshots()


def _of_buckets() -> Iterator[Finding]:
    yield Finding(
        "S3's log delivery writes to buckets with S3's own keys only (Amazon S3, 'Enabling server access "
        "logging'). The records hold who asked for which object and when, and no content.",
        LOG_BUCKETS,
        across("S3DefaultEncryptionKMS", NIST, HIPAA, PCI),
    )
    yield Finding(
        "Only S3's log delivery writes there, never twice under one name, and nobody else may: there is no "
        "earlier version to keep. A copy of the records elsewhere would record nothing more; the backups "
        "themselves are what is copied.",
        LOG_BUCKETS,
        (
            *across("S3BucketReplicationEnabled", NIST, HIPAA, PCI),
            *across("S3BucketVersioningEnabled", NIST, HIPAA, PCI),
        ),
    )
    yield Finding(
        "This bucket is the copy: what lies in it was written in the tier's own region and still lies there. "
        "A copy of the copy would be a third one, and backup.aws_backup is the layer for that.",
        ("recovery/Copies/Bucket",),
        across("S3BucketReplicationEnabled", NIST, HIPAA, PCI),
    )


def _of_rights(environment: Environment) -> Iterator[Finding]:
    account = environment.account or "<AWS::AccountId>"
    partition = RegionInfo.get(environment.region).partition or "<AWS::Partition>"
    names, there = Names(environment.name), environment.recovery_region

    def objects(region: str, prefix: str) -> str:
        bucket = names.backup_bucket(account=account, region=region)
        return f"{AWS}IAM5[Resource::arn:{partition}:s3:::{bucket}/{prefix}*]"

    source, copies, reports = (
        objects(environment.region, BACKUPS_PREFIX),
        objects(there, BACKUPS_PREFIX),
        objects(there, DRILLS_PREFIX),
    )
    keys = f"{AWS}IAM5[Resource::arn:{partition}:kms:{there}:{account}:key/*]"
    watch, copying = "backup/Watch/Watch/Role/Policy/Resource", "backup/Replication/Role/Policy/Resource"
    granted = [
        ("backup/Take/TaskRole/Policy/Resource", (source,)),
        (copying, (source, copies)),
        (watch, (source, copies, reports)),
    ]
    if environment.backup.drill:
        granted.append(("recovery/Drill/TaskRole/Policy/Resource", (copies, reports)))
    for policy, rules in granted:
        yield Finding(
            "Objects have no names before they are written: the right is on all that lie below one prefix of "
            "one bucket, and it is never the right to delete or to pass a lock by.",
            (policy,),
            rules,
        )
    yield Finding(
        "The recovery region's key is known by its alias alone, and IAM takes no alias for a resource. "
        "kms:ResourceAliases narrows the right to the key that bears it, kms:ViaService and the encryption "
        "context to objects of one bucket (KMS guide, 'Controlling access to keys with aliases').",
        (copying, watch),
        (keys,),
    )


def _of_the_list(environment: Environment) -> Finding:
    account = environment.account or "<AWS::AccountId>"
    partition = RegionInfo.get(environment.region).partition or "<AWS::Partition>"
    rds = f"arn:{partition}:rds:{environment.recovery_region}:{account}"
    return Finding(
        "RDS makes up the name of a copy of its backups, and a list asks for all of a region (Service "
        "Authorization Reference, 'Amazon RDS': no condition but on tags). It shows names and times, and "
        "nothing of what is in a backup.",
        ("backup/Watch/Watch/Role/Policy/Resource",),
        tuple(f"{AWS}IAM5[Resource::{rds}:{kind}:*]" for kind in ("auto-backup", "db")),
    )


def _of_the_watch(environment: Environment) -> Iterator[Finding]:
    yield Finding(
        "It runs once an hour and reads: two runs at once do no harm. Reserved concurrency would be taken "
        "from the account's pool and fails in accounts whose quota is at its minimum.",
        WATCH,
        across("LambdaConcurrency", NIST, HIPAA),
    )
    yield Finding(
        "A run that fails raises an alarm of its own, and the next one an hour later measures the same. A "
        "call kept in a queue would measure what is no longer so.",
        WATCH,
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "It calls S3 and RDS's API only, in two regions, and no server of the tier. Inside the VPC, which "
        "has no way out, it could not reach the recovery region at all.",
        WATCH,
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "One listing after another, of which the log records each answer, leaves nothing for tracing to "
        "show; X-Ray would want rights on every resource (xray:Put* cannot be narrowed).",
        WATCH,
        across("LambdaTracing", SERVERLESS),
    )
    yield Finding(
        "A call that is lost is made up for by the next one, an hour later, and two hours without any raise "
        "an alarm. A call kept in a queue would add nothing.",
        ("backup/Watch/Rule",),
        (f"{SERVERLESS}EventBusDLQ",),
    )
    if environment.functions.ca_bundle is not None:
        yield Finding(
            "A rehearsal runs its Lambdas on the Python of the machine at hand, which functions.ca_bundle "
            "marks: with it no function can reach a server of RDS.",
            WATCH,
            (f"{AWS}L1", f"{SERVERLESS}LambdaLatestVersion"),
        )


def _of_tasks(environment: Environment) -> Iterator[Finding]:
    parts = ["backup/Take"]
    if environment.backup.drill:
        parts.append("recovery/Drill")
    yield Finding(
        "The variables hold what the settings say, endpoints, and the ARN of a secret: nothing of them is "
        "secret, and a change of one is seen in the diff. The password is read from Secrets Manager by the "
        "task itself.",
        tuple(f"{part}/Task" for part in parts),
        (f"{AWS}ECS2",),
    )
    yield Finding(
        "A task runs for an hour and publishes itself how it ended and how long that took, which alarms look "
        "at; ECS's own CPU and memory are free. Container Insights would be paid by the metric for a cluster "
        "that is empty most of the time.",
        tuple(f"{part}/Cluster" for part in parts),
        (f"{AWS}ECS4",),
    )
    yield Finding(
        "ecr:GetAuthorizationToken, which opens a registry, knows no resource (Amazon ECR, 'Actions, "
        "resources, and condition keys'); what is pulled with it is one repository's images.",
        tuple(f"{part}/ExecutionRole/Policy/Resource" for part in parts),
        (f"{AWS}IAM5[Resource::*]",),
    )
    yield Finding(
        "A task that cannot be started raises an alarm after half an hour of attempts. Kept in a queue it "
        "could be started later by somebody; `datatier backup now` and `datatier drill` do that without one.",
        tuple(f"{part}/Rule" for part in parts),
        (f"{SERVERLESS}EventBusDLQ",),
    )


def _of_snapshots() -> Iterator[Finding]:
    yield Finding(
        "What AWS Backup needs to take, copy and restore a snapshot is AWS Backup's to say, and changes with "
        "it: a copy of these policies would be out of date without a sign until the day of a restore. Only "
        "AWS Backup can assume the role, for this account.",
        ("backup/Snapshots/Role/Resource",),
        tuple(
            f"{AWS}IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            f"AWSBackupServiceRolePolicyFor{it}]"
            for it in ("Backup", "Restores")
        ),
    )
    yield Finding(
        "The target is a copy to read. The alarm counts what the rule matched, delivered or not, EventBridge "
        "tries to deliver for a day, and AWS Backup lists each job for 30 days.",
        ("backup/SnapshotFailures/Rule",),
        (f"{SERVERLESS}EventBusDLQ",),
    )
