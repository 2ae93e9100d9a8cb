"""The endpoints by which Fargate, inside a VPC without a way out, fetches an image and delivers a log.

Never lets anybody but this account's principals through, nor to anything but this account's images and logs,
and through S3's gateway nothing but the layers of images, and new objects of a bucket of ours.
"""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.tier_stack import TierStack

PULLS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""Amazon ECR, 'IAM permissions for pulling an image'."""


class ImageEndpoints(Construct):
    """Interface endpoints of ECR and of CloudWatch Logs, and S3's gateway."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
        gateway_subnets: Sequence[ec2.ISubnet],
        bucket: str | None = None,
    ) -> None:
        """Declare them; without `gateway_subnets`, whose route tables lead to S3, there is no gateway.

        `bucket` is the one that tasks may write to besides.
        """
        super().__init__(scope, id_)
        services = ec2.InterfaceVpcEndpointAwsService
        pulls = (_of(scope, PULLS), _of(scope, ("ecr:GetAuthorizationToken",), about_a_resource=False))
        logs = (_of(scope, ("logs:CreateLogStream", "logs:PutLogEvents")),)
        for name, service, statements in (
            ("EcrApi", services.ECR, pulls),
            ("EcrDocker", services.ECR_DOCKER, pulls),
            ("Logs", services.CLOUDWATCH_LOGS, logs),
        ):
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=vpc,
                service=service,
                subnets=ec2.SubnetSelection(subnets=list(subnets)),
                security_groups=[security_group],
                open=False,
            )
            for statement in statements:
                endpoint.add_to_policy(statement)
        if gateway_subnets:
            self._add_gateway(scope, vpc, gateway_subnets, bucket)

    def _add_gateway(
        self, scope: TierStack, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], bucket: str | None
    ) -> None:
        """Lead to S3 for what ECR keeps there, for `bucket`, and for nothing else.

        The policy is ECR's ('Minimum Amazon S3 bucket permissions for Amazon ECR'): the bucket is AWS's, and
        who fetches from it does so by a link that ECR has signed.
        """
        gateway = ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(subnets))],
        )
        gateway.add_to_policy(layers_may_be_read(scope))
        if bucket:
            whole, objects = (f"arn:{scope.partition}:s3:::{bucket}{end}" for end in ("", "/*"))
            for actions, resource in (
                (("s3:ListBucket",), whole),
                (("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"), objects),
            ):
                gateway.add_to_policy(_of(scope, actions, resource=resource))


def layers_may_be_read(stack: TierStack) -> iam.PolicyStatement:
    """Let an image's layers through a gateway endpoint of S3."""
    anyone = iam.AnyPrincipal()
    return iam.PolicyStatement(
        principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
        actions=["s3:GetObject"],
        resources=[f"arn:{stack.partition}:s3:::prod-{stack.region}-starport-layer-bucket/*"],
    )


def _of(
    stack: TierStack, actions: Sequence[str], *, about_a_resource: bool = True, resource: str = "*"
) -> iam.PolicyStatement:
    """Allow this account's principals some actions, on this account's resources where they are about one."""
    ours = {"aws:PrincipalAccount": stack.account}
    if about_a_resource:
        ours["aws:ResourceAccount"] = stack.account
    anyone = iam.AnyPrincipal()
    return iam.PolicyStatement(
        principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
        actions=list(actions),
        resources=[resource],
        conditions={"StringEquals": ours},
    )
