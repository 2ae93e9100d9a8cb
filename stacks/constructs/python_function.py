"""A Lambda function in Python, with its own log group and exactly the rights it is given.

Never gives it a right of its own accord but the network interfaces that a Lambda in a VPC needs.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType, BundlingOptions, DockerImage, Duration, Stage
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_bundling import UvBundling
from stacks.constructs.service_role import ServiceRole

INTERFACE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""Lambda guide, 'Giving Lambda functions access to resources in an Amazon VPC', required permissions."""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Where in a VPC a function stands, and the security group that it wears there."""

    vpc: ec2.IVpc
    subnets: Sequence[ec2.ISubnet]
    security_group: ec2.ISecurityGroup


class PythonFunction(Construct):
    """The function, its log group, its role."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        asset: PythonAsset,
        handler: str,
        description: str,
        timeout: Duration,
        memory_mb: int,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        logs_key_arn: str,
        log_retention_days: int,
        inside: Membership | None = None,
        name: str | None = None,
        reserved_concurrency: int | None = None,
    ) -> None:
        """Declare them; without `inside` the function stands outside the VPC and reaches AWS's services only.

        `reserved_concurrency` is taken out of what the account's functions share; None takes nothing.
        """
        super().__init__(scope, id_)
        group = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=log_retention_days)
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            description=description,
            statements=[
                group.may_write,
                *(_interfaces() if inside else ()),
                *statements,
            ],
        )
        bundling = UvBundling(asset)
        with _packaged(self, asset, bundling) as code:
            self.function = lambda_.Function(
                self,
                "Function",
                function_name=name,
                code=code,
                handler=handler,
                runtime=lambda_.Runtime(f"python{asset.python}", lambda_.RuntimeFamily.PYTHON),
                architecture=(
                    lambda_.Architecture.ARM_64
                    if asset.architecture == "arm64"
                    else lambda_.Architecture.X86_64
                ),
                description=description,
                timeout=timeout,
                memory_size=memory_mb,
                role=role.role,
                log_group=group.for_lambda,
                logging_format=lambda_.LoggingFormat.JSON,
                vpc=inside.vpc if inside else None,
                vpc_subnets=ec2.SubnetSelection(subnets=list(inside.subnets)) if inside else None,
                security_groups=[inside.security_group] if inside else None,
                environment=dict(environment),
                reserved_concurrent_executions=reserved_concurrency,
            )
        # The policy must be there before the first call, and until the last network interface is gone.
        self.function.node.add_dependency(role.policy)


@contextmanager
def _packaged(scope: Construct, asset: PythonAsset, bundling: UvBundling) -> Generator[lambda_.Code]:
    """Yield the function's code, which CDK has built while the function is declared.

    CDK insists on a source folder, looks at it only in that moment, and names it in place of the package
    where none is built (`cdk diff`). It is empty and soon gone, so such an assembly can be compared but not
    deployed by mistake.

    Raises:
        BundlingError: the package cannot be built.
    """
    stage = Stage.of(scope)
    if stage is None:
        raise TypeError(f"{scope.node.path} stands outside an App")
    unbuilt = Path(stage.asset_outdir) / "unbuilt"
    unbuilt.mkdir(parents=True, exist_ok=True)
    try:
        yield lambda_.Code.from_asset(
            str(unbuilt),
            asset_hash=asset.fingerprint(),
            asset_hash_type=AssetHashType.CUSTOM,
            # CDK wants an image to fall back on; UvBundling never lets it come to that.
            bundling=BundlingOptions(image=DockerImage.from_registry("unused"), local=bundling),
        )
    except RuntimeError:
        if bundling.failure is not None:
            raise bundling.failure from None
        raise
    finally:
        unbuilt.rmdir()


def _interfaces() -> list[iam.PolicyStatement]:
    """Let Lambda make the network interfaces, and keep the function's own code from doing so.

    Lambda checks these rights before the function exists, so they cannot be narrowed to a resource. The
    second statement is the Lambda guide's way to keep the code itself from using them: only calls that code
    makes carry lambda:SourceFunctionArn, whatever the function is named.
    """
    return [
        iam.PolicyStatement(actions=list(INTERFACE_ACTIONS), resources=["*"]),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=list(INTERFACE_ACTIONS),
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        ),
    ]
