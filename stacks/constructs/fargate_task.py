"""What every task of the tier's own images has in common: its account, its limits, who may be it.

Never says what a task does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import TierStack

ACCOUNT = "10001:10001"
"""User and group, as in the Dockerfiles; said here too, so that no image can run as root."""

STOP_SECONDS = 120
"""The most that Fargate waits between SIGTERM and SIGKILL (Amazon ECS, 'Container timeouts')."""


def task_role(
    scope: Construct, id_: str, *, does: str, statements: Sequence[iam.PolicyStatement]
) -> ServiceRole:
    """Return a role that only this account's tasks of the region assume; `does` says for what."""
    stack = TierStack.around(scope)
    tasks = f"arn:{stack.partition}:ecs:{stack.region}:{stack.account}:*"
    return ServiceRole(
        scope,
        id_,
        service="ecs-tasks.amazonaws.com",
        description=f"{stack.names.prefix}: {does}",
        statements=statements,
        conditions={
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {"aws:SourceArn": tasks},
        },
    )


def container(
    name: str,
    *,
    image: str,
    environment: Mapping[str, str],
    log: Mapping[str, str],
    **more: Any,  # noqa: ANN401  CDK's own
) -> ecs.CfnTaskDefinition.ContainerDefinitionProperty:
    """Return a task's one container: without root, without rights, on a read-only file system.

    `log` are the options of the awslogs driver, `more` further properties of the container.
    """
    of = ecs.CfnTaskDefinition
    return of.ContainerDefinitionProperty(
        name=name,
        image=image,
        essential=True,
        user=ACCOUNT,
        privileged=False,
        readonly_root_filesystem=True,
        # What a task starts is its child, and one that is orphaned must not stay a zombie.
        linux_parameters=of.LinuxParametersProperty(
            init_process_enabled=True, capabilities=of.KernelCapabilitiesProperty(drop=["ALL"])
        ),
        stop_timeout=STOP_SECONDS,
        environment=[of.KeyValuePairProperty(name=key, value=value) for key, value in environment.items()],
        log_configuration=of.LogConfigurationProperty(log_driver="awslogs", options=dict(log)),
        **more,
    )
