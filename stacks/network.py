"""The network: a VPC without a way to the internet, or a place in an existing one.

Interface endpoints, of which each costs money in each zone, and why the list is so short:
    Secrets Manager   applications and the Lambdas in the VPC read passwords through it, and rotation writes
    ECR, Logs         only for tasks, the poolers' and the backup's: Fargate fetches an image and delivers a
                      log from inside the VPC
    S3                the same, by a gateway endpoint, which is free: the layers of an image are there, and
                      backups
    KMS               not needed: Secrets Manager decrypts on its side
    ElastiCache       not needed: what changes Redis users stands outside the VPC (docs/adr/0007)
    Systems Manager   not needed: parameters are read when an application is deployed
An existing VPC may have its own endpoints: then none is made.
Never a NAT gateway, an internet gateway or a public subnet.
"""

from typing import cast

from aws_cdk import Annotations, CfnResource, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.flow_logs import record_flows
from stacks.constructs.image_endpoints import ImageEndpoints
from stacks.constructs.python_function import Membership
from stacks.constructs.security_groups import PoolerGroups, SecurityGroups
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.naming import BACKUP
from stacks.settings.network import NetworkSettings

SUBNET_BITS = 4
"""A subnet is a sixteenth of the VPC: six zones, the most a region has, fit and a new one moves none."""


class NetworkStack(TierStack):
    """The VPC, its endpoints, its security groups and its flow logs."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: NetworkSettings,
        logs_key_arn: str,
        pooled: bool,
        backed_up: bool,
    ) -> None:
        """Declare them; `pooled` and `backed_up` say which tasks will stand in it."""
        super().__init__(
            scope, tier=tier, part="network", description="datatier: VPC, endpoints, security groups"
        )
        self._settings = settings
        self.vpc = self._existing() if settings.vpc_id else self._own()
        self.subnets = list(self.vpc.isolated_subnets)
        self.groups = SecurityGroups(
            self, "SecurityGroups", vpc=self.vpc, endpoints_group_id=settings.endpoint_security_group_id
        )
        if settings.create_endpoints is not False:
            self._add_endpoint()
        if pooled or backed_up:
            self._serve_tasks(backed_up=backed_up)
        s3 = settings.s3_prefix_list_id
        self._poolers = self.groups.add_poolers(s3_prefix_list_id=s3) if pooled else None
        self._backup = self.groups.add_backup(s3_prefix_list_id=s3) if backed_up else None
        if self._backup is not None:
            self._publish_backup(self._backup)
        if settings.flow_logs:
            record_flows(
                self,
                vpc_id=self.vpc.vpc_id,
                key_arn=logs_key_arn,
                retention_days=settings.flow_log_retention_days,
            )
        self.publish(
            "VpcId", "network", "vpc-id", value=self.vpc.vpc_id, description="VPC that the tier lives in"
        )
        self.publish(
            "ClientSecurityGroupId",
            "network",
            "client-security-group-id",
            value=self.groups.client.security_group_id,
            description="Security group that an application wears to reach PostgreSQL and Redis",
        )

    @property
    def subnet_ids(self) -> list[str]:
        """Ids of the isolated subnets, in the order of the zones."""
        return [subnet.subnet_id for subnet in self.subnets]

    @property
    def poolers(self) -> PoolerGroups:
        """The groups of the poolers.

        Raises:
            TypeError: the network was declared without any.
        """
        if self._poolers is None:
            raise TypeError("this network is declared without poolers")
        return self._poolers

    @property
    def backup(self) -> ec2.SecurityGroup:
        """The group of the task that takes backups.

        Raises:
            TypeError: the network was declared without one.
        """
        if self._backup is None:
            raise TypeError("this network is declared without backups")
        return self._backup

    def membership(self, group: ec2.ISecurityGroup) -> Membership:
        """Say where a function stands that wears `group`."""
        return Membership(vpc=self.vpc, subnets=self.subnets, security_group=group)

    def _own(self) -> ec2.IVpc:
        zones = list(self._settings.availability_zones)
        # With an explicit account CDK would ask AWS which zones there are: tell it, and stay offline.
        self.node.set_context(f"availability-zones:account={self.account}:region={self.region}", zones)
        prefix = int(self._settings.cidr.partition("/")[2])
        isolated = ec2.SubnetConfiguration(
            name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=prefix + SUBNET_BITS
        )
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(self._settings.cidr),
            availability_zones=zones,
            nat_gateways=0,
            subnet_configuration=[isolated],
            # The default group is worn by nothing; closing it would take a Lambda of its own.
            restrict_default_security_group=False,
        )
        Tags.of(vpc).add("Name", self.names.prefix)
        for subnet in vpc.isolated_subnets:
            # cfn-lint would rather ask AWS for the zones; here they are a setting, so that they never change
            # by themselves.
            cast("CfnResource", subnet.node.default_child).add_metadata(
                "cfn-lint", {"config": {"ignore_checks": ["W3010"]}}
            )
        return vpc

    def _existing(self) -> ec2.IVpc:
        """Take the VPC from its attributes: from_lookup would call AWS."""
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=self._settings.vpc_id or "",
            vpc_cidr_block=self._settings.cidr,
            availability_zones=list(self._settings.availability_zones),
            isolated_subnet_ids=list(self._settings.isolated_subnet_ids),
        )
        Annotations.of(vpc).acknowledge_warning(
            "@aws-cdk/aws-ec2:noSubnetRouteTableId", "The tier declares no route and no gateway endpoint."
        )
        return vpc

    def _serve_tasks(self, *, backed_up: bool) -> None:
        """Add what Fargate needs besides, and the way to the bucket of the backups."""
        settings = self._settings
        if settings.create_endpoints is not False:
            ImageEndpoints(
                self,
                "Images",
                vpc=self.vpc,
                subnets=self._endpoint_subnets,
                security_group=self.groups.endpoints,
                # The route tables of an existing VPC are not known: it brings its own gateway.
                gateway_subnets=self.subnets if settings.vpc_id is None else (),
                bucket=(
                    self.names.backup_bucket(account=self.account, region=self.region) if backed_up else None
                ),
            )

    def _publish_backup(self, group: ec2.SecurityGroup) -> None:
        """Publish where a backup's task stands, for a person who starts one."""
        facts = {
            ("BackupSubnets", "subnets"): (
                ",".join(self.subnet_ids),
                "Subnets of the task that takes backups, comma-separated",
            ),
            ("BackupSecurityGroup", "security-group"): (
                group.security_group_id,
                "Security group of the task that takes backups",
            ),
        }
        for (id_, path), (value, description) in facts.items():
            self.publish(id_, BACKUP, path, value=value, description=description)

    @property
    def _endpoint_subnets(self) -> list[ec2.ISubnet]:
        zones = self._settings.endpoint_zones
        return [subnet for subnet in self.subnets if subnet.availability_zone in zones]

    def _add_endpoint(self) -> None:
        """Add the endpoint: this account's principals read this account's secrets, and rotate the tier's."""
        endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "SecretsManager",
            vpc=self.vpc,
            service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            subnets=ec2.SubnetSelection(subnets=self._endpoint_subnets),
            security_groups=[self.groups.endpoints],
            open=False,
        )
        anyone = iam.AnyPrincipal()
        ours = (
            f"arn:{self.partition}:secretsmanager:{self.region}:{self.account}:secret:{self.names.secrets}*"
        )
        for actions, resource in (
            (["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "*"),
            (["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"], ours),
        ):
            endpoint.add_to_policy(
                iam.PolicyStatement(
                    principals=[anyone],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
                    actions=actions,
                    resources=[resource],
                    # Both ends: a stranger's credentials may not ask, and ours may not hand secrets to a
                    # stranger's account.
                    conditions={
                        "StringEquals": {
                            "aws:PrincipalAccount": self.account,
                            "aws:ResourceAccount": self.account,
                        }
                    },
                )
            )
