"""The recovery region's own small VPC, in which a drill's task stands once a week and nothing else ever.

Its subnets are public, the only ones of the tier: the task fetches its image and delivers its log at AWS's
public addresses. A NAT gateway ($33 a month) or three interface endpoints ($22 in one zone) would cost more
than all the rest of the drill, for an hour a week. Nobody can come in: the task's group lets nothing in, and
there is no port that it listens on. Out it may go by HTTPS alone. What it reads from S3 takes the gateway
endpoint, which is free. Never joined with another network: it holds no database, and the backups in it leave
with the task's disk.
"""

from collections.abc import Sequence

from aws_cdk import Acknowledgment, Tags, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.image_endpoints import layers_may_be_read
from stacks.constructs.tier_stack import TierStack
from stacks.naming import HTTPS_PORT

RANGE = "10.255.0.0/24"
SUBNETS = ("10.255.0.0/26", "10.255.0.64/26")


class RecoveryNetwork(Construct):
    """The VPC, two subnets, the way out, and the group that the task wears."""

    def __init__(self, scope: TierStack, id_: str, *, zones: Sequence[str], bucket_arn: str) -> None:
        """Declare them; `bucket_arn` is the one bucket of the tier's that is reached by the gateway."""
        super().__init__(scope, id_)
        vpc = ec2.CfnVPC(self, "Vpc", cidr_block=RANGE, enable_dns_hostnames=True, enable_dns_support=True)
        self.vpc_id = vpc.ref
        gateway = ec2.CfnInternetGateway(self, "InternetGateway")
        attached = ec2.CfnVPCGatewayAttachment(
            self, "Attachment", vpc_id=vpc.ref, internet_gateway_id=gateway.ref
        )
        routes = ec2.CfnRouteTable(self, "Routes", vpc_id=vpc.ref)
        out = ec2.CfnRoute(
            self,
            "WayOut",
            route_table_id=routes.ref,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.ref,
        )
        out.add_resource_dependency(attached)
        self.subnet_ids = [
            self._subnet(number, vpc.ref, routes.ref, zone=zone, cidr=cidr)
            for number, (zone, cidr) in enumerate(zip(zones, SUBNETS, strict=False), start=1)
        ]
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            vpc_id=vpc.ref,
            service_name=f"com.amazonaws.{scope.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[routes.ref],
            policy_document=_reaches(scope, bucket_arn),
        )
        group = ec2.CfnSecurityGroup(
            self,
            "Drill",
            vpc_id=vpc.ref,
            group_description="Drill task: lets nobody in, may reach AWS by HTTPS",
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=HTTPS_PORT,
                    to_port=HTTPS_PORT,
                    cidr_ip="0.0.0.0/0",
                    description="Image, log and backups",
                )
            ],
        )
        self.security_group_id = group.attr_group_id
        Tags.of(self).add("Name", f"{scope.names.prefix}-drill")

    def _subnet(self, number: int, vpc_id: str, routes_id: str, *, zone: str, cidr: str) -> str:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{number}",
            vpc_id=vpc_id,
            cidr_block=cidr,
            availability_zone=zone,
            # The rule that starts the task gives it an address; nothing else gets one by being here.
            map_public_ip_on_launch=False,
        )
        # Both linters would rather ask AWS for the zones.
        subnet.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3010"]}})
        Validations.of(subnet).acknowledge(
            Acknowledgment(
                id="CloudFormation-Validate::W3010",
                reason="The zones are named, so that they never change by themselves.",
            )
        )
        ec2.CfnSubnetRouteTableAssociation(
            self, f"Subnet{number}Routes", subnet_id=subnet.ref, route_table_id=routes_id
        )
        return subnet.ref


def _reaches(stack: TierStack, bucket_arn: str) -> iam.PolicyDocument:
    """Let this account's principals through to this bucket, and whoever has ECR's link to a layer."""
    anyone = iam.AnyPrincipal()
    ours = {"aws:PrincipalAccount": stack.account, "aws:ResourceAccount": stack.account}
    return iam.PolicyDocument(
        statements=[
            layers_may_be_read(stack),
            *(
                iam.PolicyStatement(
                    principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
                    actions=actions,
                    resources=[resource],
                    conditions={"StringEquals": ours},
                )
                for actions, resource in (
                    (["s3:ListBucket"], bucket_arn),
                    (["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], f"{bucket_arn}/*"),
                )
            ),
        ]
    )
