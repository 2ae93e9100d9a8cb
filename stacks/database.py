"""PostgreSQL on RDS: the primary, its replicas, their parameters, and the policy that lets people in.

Never creates a role or a table; the bootstrap stack does. People connect with an IAM token from a shell
inside the VPC (CloudShell's VPC environment, wearing the client security group): there is no bastion.
"""

from functools import cached_property
from pathlib import Path

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.constructs.certificates import certificate_for
from stacks.constructs.login_secret import LoginSecret
from stacks.constructs.postgres import CopiedBackups, InstanceInputs, PostgresPrimary, PostgresReplica
from stacks.constructs.postgres_parameters import family, primary_parameters, replica_parameters
from stacks.constructs.recovery_place import RecoveryPlace
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.settings.database import DatabaseSettings
from stacks.settings.windows import DailyWindow

METRICS_LOG_GROUPS = "RDS*"
"""Where Enhanced Monitoring writes, for the whole account; the name (today RDSOSMetrics) is RDS's."""


class DatabaseStack(TierStack):
    """One primary and as many replicas as the settings say."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: DatabaseSettings,
        network: NetworkStack,
        keys: KeysStack,
        ca_bundle: Path,
        copy_backups: bool = False,
    ) -> None:
        """Declare them; `copy_backups` has RDS copy its automated backups to the recovery region."""
        super().__init__(scope, tier=tier, part="database", description="datatier: PostgreSQL on RDS")
        self._settings = settings
        self.master = LoginSecret(
            self,
            "Master",
            name=self.names.secret("postgres", "master"),
            description="RDS master: used by the bootstrap and by rotation, never by an application",
            document={"username": settings.master_username},
            key_arn=keys.arn("secrets"),
        )
        inputs = InstanceInputs(
            settings=settings,
            security_group_id=network.groups.postgres.security_group_id,
            data_key_arn=keys.arn("database"),
            logs_key_arn=keys.arn("logs"),
            monitoring=self._monitoring_role(),
        )
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Isolated subnets of the data tier",
            subnet_ids=network.subnet_ids,
        )
        self.primary = PostgresPrimary(
            self,
            "Primary",
            identifier=self.names.primary,
            parameter_group=self._parameters("PrimaryParameters", "primary", primary_parameters(settings)),
            inputs=inputs,
            subnet_group=subnets.ref,
            master_password=self.master.password,
            copied=self._copied() if copy_backups else None,
        )
        self.subnet_group = subnets.ref
        self.master.attach(instance=self.primary.resource.ref)
        self.replicas = [self._replica(number + 1, inputs) for number in range(settings.read_replicas)]
        self._let_people_in()
        self._publish(ca_bundle)

    @property
    def primary_arn(self) -> str:
        """ARN of the primary."""
        return self._instances_arn("rds", "db", self.names.primary)

    @property
    def backup_window(self) -> DailyWindow:
        """When RDS takes its own backup."""
        return self._settings.backup_window

    def _copied(self) -> CopiedBackups:
        recovery = RecoveryPlace.of(self)
        return CopiedBackups(region=recovery.region, key_arn=recovery.key_alias_arn)

    @cached_property
    def _replica_parameters(self) -> str:
        """One parameter group for all replicas, declared with the first of them."""
        return self._parameters("ReplicaParameters", "replicas", replica_parameters(self._settings))

    def _replica(self, number: int, inputs: InstanceInputs) -> PostgresReplica:
        return PostgresReplica(
            self,
            f"Replica{number}",
            identifier=self.names.replica(number),
            parameter_group=self._replica_parameters,
            inputs=inputs,
            source=self.primary,
        )

    def _parameters(self, id_: str, whose: str, parameters: dict[str, str]) -> str:
        group = rds.CfnDBParameterGroup(
            self,
            id_,
            family=family(self._settings.engine_version),
            description=f"{self.names.prefix}: {whose}",
            parameters=parameters,
        )
        return group.ref

    def _monitoring_role(self) -> ServiceRole | None:
        """Return the role that Enhanced Monitoring writes with, or None where it is off.

        The statements are those of AWS's own AmazonRDSEnhancedMonitoringRole, narrowed to this account and
        region. RDS checks the role when an instance is made; that it accepts a narrowed one was not tried on
        AWS.
        """
        if self._settings.monitoring_interval_seconds == 0:
            return None
        group = f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{METRICS_LOG_GROUPS}"
        return ServiceRole(
            self,
            "Monitoring",
            service="monitoring.rds.amazonaws.com",
            description="RDS Enhanced Monitoring of the tier's instances",
            conditions={
                "StringEquals": {"aws:SourceAccount": self.account},
                "ArnLike": {"aws:SourceArn": self._instances_arn("rds", "db", f"{self.names.prefix}-*")},
            },
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"], resources=[group]
                ),
                iam.PolicyStatement(
                    actions=[
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                    ],
                    resources=[f"{group}:log-stream:*"],
                ),
            ],
        )

    def _instances_arn(self, service: str, kind: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{kind}:{resource}"

    def _let_people_in(self) -> None:
        """Declare a policy for each IAM login: attach it to whoever may connect under that name."""
        instances = [self.primary, *self.replicas]
        for login, access in sorted(self._settings.iam_logins.items()):
            policy = iam.CfnManagedPolicy(
                self,
                f"Connect{login.title().replace('_', '')}",
                description=f"Connect to {self.names.prefix} as {login} ({access}) with an IAM token",
                policy_document={
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "rds-db:connect",
                            "Resource": [
                                self._instances_arn(
                                    "rds-db", "dbuser", f"{instance.resource.attr_dbi_resource_id}/{login}"
                                )
                                for instance in instances
                            ],
                        }
                    ],
                },
            )
            CfnOutput(
                self,
                f"ConnectAs{login.title().replace('_', '')}",
                value=policy.ref,
                description=f"Policy for people who connect as {login} ({access})",
            )

    def _publish(self, ca_bundle: Path) -> None:
        facts = {
            ("Host", "host"): (self.primary.host, "Host of the primary: reads and writes"),
            ("Port", "port"): (self.primary.port, "Port of the primary"),
            ("Database", "database"): (self._settings.name, "Name of the database"),
            ("Ca", "ca"): (
                certificate_for(ca_bundle, region=self.region, authority=self._settings.ca_certificate),
                "Certificate authority of the servers, PEM: connect with sslmode=verify-full",
            ),
        }
        facts["MasterSecretArn", "secrets/master"] = (self.master.arn, "Secret of the RDS master")
        # Always there, so that a reader need not know the environment: without a replica the primary answers.
        readers = self.replicas or [self.primary]
        facts["ReplicaHosts", "replica-hosts"] = (
            Fn.join(",", [instance.host for instance in readers]),
            "Hosts to read from, comma-separated: the read replicas, or the primary where there is none",
        )
        for (id_, path), (value, description) in facts.items():
            self.publish(id_, "postgres", path, value=value, description=description)
