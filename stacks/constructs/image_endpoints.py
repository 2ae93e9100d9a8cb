"""The endpoints by which Fargate, inside a VPC without a way out, fetches an image and delivers a log.

Never lets anybody but this account's principals through, nor to anything but this account's images and logs,
and through S3's gateway nothing but the layers of images.
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
    ) -> None:
        """Declare them; without `gateway_subnets`, whose route tables lead to S3, there is no gateway."""
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
            self._add_gateway(scope, vpc, gateway_subnets)

    def _add_gateway(self, scope: TierStack, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> None:
        """Lead to S3 for what ECR keeps there, and for nothing else.

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
        anyone = iam.AnyPrincipal()
        gateway.add_to_policy(
            iam.PolicyStatement(
                principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
                actions=["s3:GetObject"],
                resources=[f"arn:{scope.partition}:s3:::prod-{scope.region}-starport-layer-bucket/*"],
            )
        )


def _of(stack: TierStack, actions: Sequence[str], *, about_a_resource: bool = True) -> iam.PolicyStatement:
    """Allow this account's principals some actions, on this account's resources where they are about one."""
    ours = {"aws:PrincipalAccount": stack.account}
    if about_a_resource:
        ours["aws:ResourceAccount"] = stack.account
    anyone = iam.AnyPrincipal()
    return iam.PolicyStatement(
        principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
        actions=list(actions),
        resources=["*"],
        conditions={"StringEquals": ours},
    )
