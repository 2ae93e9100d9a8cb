"""The poolers: tasks of one container on Fargate, replaced one by one, found by DNS and behind a balancer.

Never decides what a pooler does: its settings come as environment variables, its passwords and its
certificate from Secrets Manager, which it asks itself.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_servicediscovery as discovery
from constructs import Construct

from stacks.constructs.container_image import ContainerImage
from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.fargate_task import container, task_role
from stacks.constructs.internal_balancer import InternalBalancer
from stacks.constructs.tier_stack import TierStack
from stacks.naming import POOLER, POOLER_HEALTH_PORT, POOLER_PORT
from stacks.settings.pooling import PoolingSettings

CONTAINER = "pgbouncer"
GRACE_SECONDS = 60
"""A new task may take as long to read its secrets and to answer before its health counts."""

MOST_FILES = 65_535
"""File descriptors of a task: one for each client and each connection (Amazon ECS, 'Resource limits')."""

FORGET_SECONDS = 10
"""How long a resolver may remember which tasks there are."""

LOG_BUFFER = "25m"
"""Lines that wait for CloudWatch, and are lost beyond it: a pooler that waits for its log serves nobody."""


class PoolerService(Construct):
    """The cluster, what a task is, and the service that keeps as many running as the settings say."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: PoolingSettings,
        image: ContainerImage,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        subnet_ids: Sequence[str],
        security_group_id: str,
        vpc_id: str,
        balancer: InternalBalancer,
        logs_key_arn: str,
    ) -> None:
        """Declare them; `statements` are all that a task may do."""
        super().__init__(scope, id_)
        self._settings = settings
        log = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=settings.log_retention_days)
        does = task_role(
            self, "TaskRole", does="what a pooler does itself: reads its secrets", statements=statements
        )
        begins = task_role(
            self,
            "ExecutionRole",
            does="what Fargate does for a pooler: fetches its image, delivers its log",
            statements=[*image.may_pull, log.may_write],
        )
        cluster = ecs.CfnCluster(
            self,
            "Cluster",
            cluster_settings=[
                ecs.CfnCluster.ClusterSettingsProperty(
                    name="containerInsights", value=settings.container_insights
                )
            ],
        )
        task = ecs.CfnTaskDefinition(
            self,
            "Task",
            family=scope.names.stack(POOLER),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu),
            memory=str(settings.memory_mb),
            runtime_platform=ecs.CfnTaskDefinition.RuntimePlatformProperty(
                cpu_architecture=settings.architecture.upper(), operating_system_family="LINUX"
            ),
            task_role_arn=does.arn,
            execution_role_arn=begins.arn,
            container_definitions=[self._container(scope, image.uri, log.name, environment)],
        )
        self.service = ecs.CfnService(
            self,
            "Service",
            cluster=cluster.ref,
            task_definition=task.ref,
            launch_type="FARGATE",
            desired_count=settings.tasks,
            availability_zone_rebalancing="ENABLED",
            deployment_configuration=ecs.CfnService.DeploymentConfigurationProperty(
                minimum_healthy_percent=100,
                maximum_percent=200,
                deployment_circuit_breaker=ecs.CfnService.DeploymentCircuitBreakerProperty(
                    enable=True, rollback=True
                ),
            ),
            network_configuration=ecs.CfnService.NetworkConfigurationProperty(
                awsvpc_configuration=ecs.CfnService.AwsVpcConfigurationProperty(
                    subnets=list(subnet_ids), security_groups=[security_group_id], assign_public_ip="DISABLED"
                )
            ),
            load_balancers=[
                ecs.CfnService.LoadBalancerProperty(
                    container_name=CONTAINER,
                    container_port=POOLER_PORT,
                    target_group_arn=balancer.targets_arn,
                )
            ],
            health_check_grace_period_seconds=GRACE_SECONDS,
            service_registries=[
                ecs.CfnService.ServiceRegistryProperty(registry_arn=self._registry(scope, vpc_id))
            ],
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
        )
        # ECS refuses targets that no listener forwards to, and a task begins when it has its rights.
        self.service.add_resource_dependency(balancer.listener)
        for role in (does, begins):
            self.service.node.add_dependency(role.policy)

    def _registry(self, scope: TierStack, vpc_id: str) -> str:
        """Have each task's address told by DNS, task by task: a balancer would choose one."""
        namespace = discovery.CfnPrivateDnsNamespace(
            self,
            "Namespace",
            name=scope.names.namespace,
            vpc=vpc_id,
            description=f"{scope.names.prefix}: tasks, one by one",
        )
        registry = discovery.CfnService(
            self,
            "Registry",
            name=POOLER,
            description="Addresses of all pooler tasks",
            namespace_id=namespace.ref,
            dns_config=discovery.CfnService.DnsConfigProperty(
                routing_policy="MULTIVALUE",
                dns_records=[discovery.CfnService.DnsRecordProperty(type="A", ttl=FORGET_SECONDS)],
            ),
            # ECS tells of a task's health; Route 53 cannot look into a VPC.
            health_check_custom_config=discovery.CfnService.HealthCheckCustomConfigProperty(
                failure_threshold=1
            ),
        )
        return registry.attr_arn

    def _container(
        self, scope: TierStack, image_uri: str, log_group: str, environment: Mapping[str, str]
    ) -> ecs.CfnTaskDefinition.ContainerDefinitionProperty:
        of = ecs.CfnTaskDefinition
        # What it writes lies in /dev/shm: memory, and gone with the task.
        return container(
            CONTAINER,
            image=image_uri,
            environment=environment,
            log={
                "awslogs-group": log_group,
                "awslogs-region": scope.region,
                "awslogs-stream-prefix": POOLER,
                "mode": "non-blocking",
                "max-buffer-size": LOG_BUFFER,
            },
            ulimits=[of.UlimitProperty(name="nofile", soft_limit=MOST_FILES, hard_limit=MOST_FILES)],
            port_mappings=[
                of.PortMappingProperty(container_port=port, protocol="tcp")
                for port in (POOLER_PORT, POOLER_HEALTH_PORT)
            ],
        )
