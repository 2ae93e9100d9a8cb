"""A function that CloudFormation calls when a deployment changes what it is told, and waits for.

CDK's framework answers CloudFormation: the function returns, or raises what becomes the failure's reason.
Never calls it when nothing changed.
"""

from collections.abc import Mapping
from typing import cast

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import TierStack

FRAMEWORK_MEMORY_MB = 128
"""It waits and relays; stated, because a default may change."""


class DeploymentCall(Construct):
    """The framework with a log group and a role of ours, and the resource that has it called.

    It stays outside the VPC: CloudFormation's answer goes to a public address.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: lambda_.Function,
        resource_type: str,
        properties: Mapping[str, object],
        timeout: Duration,
        logs_key_arn: str,
        log_retention_days: int,
    ) -> None:
        """Declare them; after `timeout` without an answer the deployment fails, not an hour later."""
        super().__init__(scope, id_)
        group = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=log_retention_days)
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            description=f"{TierStack.around(scope).names.prefix}: calls a function for CloudFormation",
            statements=[
                group.may_write,
                may_call(function),
            ],
        )
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=function,  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            log_group=group.for_lambda,
            framework_on_event_role=role.role,
        )
        framework = cast("lambda_.Function", provider.node.find_child("framework-onEvent"))
        framework.node.add_dependency(role.policy)
        cast("lambda_.CfnFunction", framework.node.default_child).memory_size = FRAMEWORK_MEMORY_MB
        self.resource = CustomResource(
            self,
            "Call",
            service_token=provider.service_token,
            resource_type=resource_type,
            service_timeout=timeout,
            properties=dict(properties),
        )


def may_call(function: lambda_.Function) -> iam.PolicyStatement:
    """The right that CDK's framework needs: to call a function, and to wait until it is ready."""
    return iam.PolicyStatement(
        actions=["lambda:InvokeFunction", "lambda:GetFunction"], resources=[function.function_arn]
    )
