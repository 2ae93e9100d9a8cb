"""A task of the `backup` image that a schedule starts, or a person: a cluster, what a task is, and the rule.

Never keeps one running: it ends by itself, and what it has to say it says in its log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.container_image import Architecture, ContainerImage
from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.fargate_task import container, task_role
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import TierStack
from stacks.naming import BACKUP

TRY_SECONDS = 1_800
"""How long EventBridge goes on trying to start one: as long as the window is open at least."""

SCRATCH = "/scratch"
"""The one place that the image's account may write to, and a volume of its own in its Dockerfile."""


@dataclass(frozen=True, kw_only=True)
class TaskSize:
    """What a task runs on; `disk_gib` of None is Fargate's own 20 GiB, and none of it is written."""

    cpu: int
    memory_mb: int
    architecture: Architecture
    disk_gib: int | None = None


@dataclass(frozen=True, kw_only=True)
class TaskNetwork:
    """Where a task stands, and whether it has a public address there."""

    subnet_ids: Sequence[str]
    security_group_id: str
    public: bool = False


class ScheduledTask(Construct):
    """`datatier-<env>-<part>`, which does what `command` says."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        part: str,
        command: str,
        does: str,
        schedule: str,
        image: ContainerImage,
        size: TaskSize,
        network: TaskNetwork,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        logs_key_arn: str,
        log_retention_days: int,
    ) -> None:
        """Declare them; `statements` are all that a task may do, `does` says what that is."""
        super().__init__(scope, id_)
        log = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=log_retention_days)
        itself = task_role(self, "TaskRole", does=does, statements=statements)
        begins = task_role(
            self,
            "ExecutionRole",
            does=f"what Fargate does for a {part} task: fetches its image, delivers its log",
            statements=[*image.may_pull, log.may_write],
        )
        cluster = ecs.CfnCluster(
            self,
            "Cluster",
            cluster_settings=[
                ecs.CfnCluster.ClusterSettingsProperty(name="containerInsights", value="disabled")
            ],
        )
        of = ecs.CfnTaskDefinition
        task = of(
            self,
            "Task",
            family=scope.names.stack(part),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(size.cpu),
            memory=str(size.memory_mb),
            runtime_platform=of.RuntimePlatformProperty(
                cpu_architecture=size.architecture.upper(), operating_system_family="LINUX"
            ),
            ephemeral_storage=of.EphemeralStorageProperty(size_in_gib=size.disk_gib)
            if size.disk_gib
            else None,
            volumes=[of.VolumeProperty(name="scratch")] if size.disk_gib else None,
            task_role_arn=itself.arn,
            execution_role_arn=begins.arn,
            container_definitions=[
                _container(
                    image=image.uri,
                    command=command,
                    environment={**environment, "AWS_DEFAULT_REGION": scope.region},
                    log={
                        "awslogs-group": log.name,
                        "awslogs-region": scope.region,
                        "awslogs-stream-prefix": part,
                        # It says how it ended in a line that must not be lost, and can wait for that.
                        "mode": "blocking",
                    },
                    scratch=size.disk_gib is not None,
                )
            ],
        )
        self.cluster = cluster.ref
        self.task_arn = task.ref
        self.rule = self._rule(
            scope,
            part=part,
            schedule=schedule,
            cluster=cluster,
            task=task,
            roles=[itself, begins],
            at=network,
        )

    def _rule(
        self,
        scope: TierStack,
        *,
        part: str,
        schedule: str,
        cluster: ecs.CfnCluster,
        task: ecs.CfnTaskDefinition,
        roles: Sequence[ServiceRole],
        at: TaskNetwork,
    ) -> str:
        """Declare the rule and its role; return the rule's name."""
        rules = f"arn:{scope.partition}:events:{scope.region}:{scope.account}:rule/{scope.names.prefix}-*"
        starts = ServiceRole(
            self,
            "RuleRole",
            service="events.amazonaws.com",
            description=f"{scope.names.prefix}: starts the {part} task when it is due",
            statements=[
                iam.PolicyStatement(
                    actions=["ecs:RunTask"],
                    resources=[task.ref],
                    conditions={"ArnEquals": {"ecs:cluster": cluster.attr_arn}},
                ),
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[role.arn for role in roles],
                    conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                ),
            ],
            conditions={
                "StringEquals": {"aws:SourceAccount": scope.account},
                "ArnLike": {"aws:SourceArn": rules},
            },
        )
        of = events.CfnRule
        rule = of(
            self,
            "Rule",
            description=f"{scope.names.prefix}: starts the {part} task",
            schedule_expression=schedule,
            targets=[
                of.TargetProperty(
                    id="Task",
                    arn=cluster.attr_arn,
                    role_arn=starts.arn,
                    ecs_parameters=of.EcsParametersProperty(
                        task_definition_arn=task.ref,
                        task_count=1,
                        launch_type="FARGATE",
                        network_configuration=of.NetworkConfigurationProperty(
                            aws_vpc_configuration=of.AwsVpcConfigurationProperty(
                                subnets=list(at.subnet_ids),
                                security_groups=[at.security_group_id],
                                assign_public_ip="ENABLED" if at.public else "DISABLED",
                            )
                        ),
                    ),
                    retry_policy=of.RetryPolicyProperty(maximum_event_age_in_seconds=TRY_SECONDS),
                )
            ],
        )
        # A task that begins without its rights fails.
        for role in (*roles, starts):
            rule.node.add_dependency(role.policy)
        return rule.ref


def _container(
    *, image: str, command: str, environment: Mapping[str, str], log: Mapping[str, str], scratch: bool
) -> ecs.CfnTaskDefinition.ContainerDefinitionProperty:
    of = ecs.CfnTaskDefinition
    return container(
        BACKUP,
        image=image,
        command=[command],
        environment=environment,
        log=log,
        mount_points=(
            [of.MountPointProperty(source_volume="scratch", container_path=SCRATCH, read_only=False)]
            if scratch
            else None
        ),
    )
