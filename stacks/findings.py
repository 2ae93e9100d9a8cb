"""Every finding of the rule packs that is accepted, on which resource, and why.

Each stands for one or more rules on named resources, and only where the settings make the finding true: an
environment that is configured otherwise has none of it. Everything else that the packs find stops synthesis.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from stacks.naming import LOGINS, REDIS_USERS, Names
from stacks.settings import Environment

AWS = "AwsSolutions-"
NIST = "NIST.800.53.R5-"
HIPAA = "HIPAA.Security-"
PCI = "PCI.DSS.321-"
SERVERLESS = "Serverless-"

BOOTSTRAP = "bootstrap/Bootstrap/Function/Resource"
PROVIDER = "bootstrap/Provider/framework-onEvent/Resource"


@dataclass(frozen=True)
class Finding:
    """Rules that are not met by resources (paths below `datatier-<env>-`), and the reason to accept that."""

    reason: str
    resources: tuple[str, ...]
    rules: tuple[str, ...]


def accepted(environment: Environment) -> list[Finding]:
    """Return the findings that are accepted in this environment. Pure."""
    return [
        *_network(environment),
        *_instances(environment),
        *_cache(environment),
        *_secrets(),
        *_functions(environment),
    ]


def acknowledge(scope: Construct, environment: Environment) -> None:
    """Tell the rule packs what is accepted.

    Raises:
        RuntimeError: a resource named here does not exist.
    """
    names = Names(environment.name)
    for finding in accepted(environment):
        for path in finding.resources:
            part, *rest = path.split("/")
            construct = scope.node.find_child(names.stack(part))
            for id_ in rest:
                construct = construct.node.find_child(id_)
            Validations.of(construct).acknowledge(
                *(Acknowledgment(id=rule, reason=finding.reason) for rule in finding.rules)
            )


def _across(rule: str, *packs: str) -> tuple[str, ...]:
    return tuple(f"{pack}{rule}" for pack in packs)


def _network(environment: Environment) -> Iterator[Finding]:
    if environment.network.vpc_id is not None:
        return
    vpc = ("network/Vpc/Resource",)
    yield Finding(
        "No resource wears the default security group: every member of the VPC names its own, and a test "
        "of the templates holds that. CloudFormation cannot empty the group; the Lambda that could would "
        "be one more principal with ec2:RevokeSecurityGroup* rights. The VPC has no route to the internet "
        "either way.",
        vpc,
        _across("VPCDefaultSecurityGroupClosed", NIST, HIPAA, PCI),
    )
    if not environment.network.flow_logs:
        yield Finding(
            f"{environment.name} holds no production data and sets network.flow_logs = false to stay within "
            "its budget. Its VPC has no internet route, and its security groups reference only one "
            "another. Production records every flow.",
            vpc,
            (f"{AWS}VPC7", *_across("VPCFlowLogsEnabled", NIST, HIPAA, PCI)),
        )


def _instances(environment: Environment) -> Iterator[Finding]:
    settings = environment.database
    primary = ("database/Primary/Instance",)
    replicas = tuple(f"database/Replica{n + 1}/Instance" for n in range(settings.read_replicas))
    yield Finding(
        "Port 5432 is reachable from two security groups in a VPC without an internet route, by TLS and a "
        "login only. Another number would hide nothing from someone inside and would surprise every tool.",
        primary + replicas,
        (f"{AWS}RDS11",),
    )
    yield Finding(
        "The minor version is pinned and raised by a reviewed change of database.engine_version, first in "
        "dev. An upgrade by RDS itself would happen unreviewed, and the next deployment would read as a "
        "downgrade and fail.",
        primary + replicas,
        _across("RDSAutomaticMinorVersionUpgradeEnabled", HIPAA, PCI),
    )
    yield Finding(
        f"RDS's own automated backups run daily and keep {settings.backup_retention_days} days with "
        "point-in-time recovery, and outlive the instance (DeleteAutomatedBackups=false). An AWS Backup "
        "plan in continuous mode would take the window and the retention over and make them drift from "
        "this declaration.",
        primary,
        _across("RDSInBackupPlan", NIST, HIPAA),
    )
    if replicas:
        yield Finding(
            "A replica holds no data of its own: it is made again from the primary, whose backups are the "
            "tier's.",
            replicas,
            _across("RDSInBackupPlan", NIST, HIPAA),
        )
        yield Finding(
            "A replica is encrypted with its source's key whether stated or not: RDS cannot make an "
            "unencrypted replica of an encrypted primary, and CloudFormation refuses StorageEncrypted "
            "beside SourceDBInstanceIdentifier. The primary states it.",
            replicas,
            (f"{AWS}RDS2", *_across("RDSStorageEncrypted", NIST, HIPAA, PCI)),
        )
        yield Finding(
            "A replica serves reports; when it is lost, readers use the primary until it is made again. "
            "Availability of writes rests on the primary's Multi-AZ standby, which is a setting of its own.",
            replicas,
            (f"{AWS}RDS3", *_across("RDSMultiAZSupport", NIST, HIPAA)),
        )
    if not settings.multi_az:
        yield Finding(
            f"{environment.name} may be unavailable for the time of a restore: it serves no users, and "
            "database.multi_az = false halves its largest cost. Production has a standby.",
            primary,
            (f"{AWS}RDS3", *_across("RDSMultiAZSupport", NIST, HIPAA)),
        )
    if not settings.deletion_protection:
        yield Finding(
            f"{environment.name} is made and removed as work needs it (database.deletion_protection = "
            "false). Deleting it still takes a final snapshot and keeps the automated backups.",
            primary + replicas,
            (f"{AWS}RDS10", *_across("RDSInstanceDeletionProtectionEnabled", NIST, HIPAA)),
        )
    if settings.monitoring_interval_seconds:
        account = environment.account or "<AWS::AccountId>"
        groups = f"arn:aws:logs:{environment.region}:{account}:log-group:RDS*"
        yield Finding(
            "Enhanced Monitoring writes to a log group whose name RDS chooses, and to streams named after "
            "resource ids that do not exist before the instances do. These are the rights that RDS asks for, "
            "narrowed to this account and region; only RDS can assume the role, for instances of this "
            "environment.",
            ("database/Monitoring/Policy/Resource",),
            (f"{AWS}IAM5[Resource::{groups}]", f"{AWS}IAM5[Resource::{groups}:log-stream:*]"),
        )


def _cache(environment: Environment) -> Iterator[Finding]:
    settings = environment.cache
    group = ("cache/ReplicationGroup",)
    yield Finding(
        "Port 6379 is reachable from one security group in a VPC without an internet route, by TLS and a "
        "named user only. Another number would hide nothing from someone inside.",
        group,
        (f"{AWS}AEC5",),
    )
    yield Finding(
        "Role-based users with passwords and access lists take the place of the single AUTH token, which "
        "the rule looks for and which cannot be combined with them; the user `default` is switched off.",
        group,
        (f"{AWS}AEC6",),
    )
    if settings.snapshot_retention_days < 15:  # noqa: PLR2004  the rule's own bound
        yield Finding(
            "What Redis holds lives a day at most (sessions 24 h, configuration 1 h, responses 15 min): a "
            f"snapshot older than {settings.snapshot_retention_days} days holds nothing that is still "
            "valid. The record is PostgreSQL, which keeps more.",
            group,
            _across("ElastiCacheRedisClusterAutomaticBackup", NIST, HIPAA),
        )
    if not settings.multi_az:
        yield Finding(
            f"{environment.name} runs one node and may start with an empty cache after a failure: it serves "
            "no users. Production has a replica in another zone with automatic failover.",
            group,
            (f"{AWS}AEC4",),
        )


def _secrets() -> Iterator[Finding]:
    yield Finding(
        "A rotation schedule makes Secrets Manager test the login at once, so it can only be declared "
        "after the stack that creates the login, never beside the secret. Until the tier declares one, "
        "credentials are replaced each quarter by hand; passwords are random, of at least 20 characters, "
        "and readable only through IAM and the customer-managed key.",
        (
            "database/Master/Secret",
            *(f"credentials/{login.capitalize()}/Secret" for login in LOGINS),
            *(f"cache/{user.capitalize()}Secret/Secret" for user in REDIS_USERS),
        ),
        (f"{AWS}SMG4", *_across("SecretsManagerRotationEnabled", NIST, HIPAA)),
    )


def _functions(environment: Environment) -> Iterator[Finding]:
    yield Finding(
        "CloudFormation calls this function once for each deployment and waits for the answer: it never "
        "runs twice at a time, and reserved concurrency would be taken from the account's pool and fails "
        "in accounts whose quota is at its minimum.",
        (BOOTSTRAP, PROVIDER),
        _across("LambdaConcurrency", NIST, HIPAA),
    )
    yield Finding(
        "A failed call is not lost: it fails the deployment, with the reason in the stack's events and the "
        "whole story in the encrypted log. Replaying it from a queue would change the database outside a "
        "deployment.",
        (BOOTSTRAP, PROVIDER),
        _across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "One call a deployment, of which the log records each step with its duration, leaves nothing for "
        "tracing to show; X-Ray would want rights on every resource (xray:Put* cannot be narrowed).",
        (BOOTSTRAP, PROVIDER),
        _across("LambdaTracing", SERVERLESS),
    )
    yield Finding(
        "CDK's framework function carries no data of the tier: it invokes one function, which its role "
        "names, and answers CloudFormation at a public address that a VPC without internet route cannot "
        "reach.",
        (PROVIDER,),
        _across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "Lambda checks the rights on network interfaces before the function and its interfaces exist, so "
        "they cannot name a resource. A Deny on lambda:SourceFunctionArn keeps the function's own code "
        "from using them.",
        ("bootstrap/Bootstrap/Role/Policy/Resource",),
        (f"{AWS}IAM5[Resource::*]",),
    )
    if environment.functions.ca_bundle is not None:
        yield Finding(
            "A rehearsal runs its Lambdas on the Python of the machine at hand. functions.ca_bundle, which "
            "names a local certificate authority, marks it: with it no function can reach a server of RDS.",
            (BOOTSTRAP,),
            (f"{AWS}L1", f"{SERVERLESS}LambdaLatestVersion"),
        )
