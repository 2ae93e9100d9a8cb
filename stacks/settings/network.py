"""The network slice: address range, zones, flow logs, or an existing VPC to move into. Never looks at AWS."""

import ipaddress
from typing import Annotated

from pydantic import Field, Strict
from pydantic.functional_validators import AfterValidator

from stacks.settings.constraints import Count, Names, OneOf, Shape, Slice, refuse

LOG_RETENTION = OneOf(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
    "days",
)
"""What CloudWatch Logs accepts (PutRetentionPolicy in its API reference)."""

PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
TAKEN = ipaddress.IPv4Network("172.17.0.0/16")
"""Several AWS services use it for themselves ("VPC CIDR blocks" in the VPC guide), and so does Docker."""
SHORTEST_PREFIX = 16
LONGEST_PREFIX = 24
_CIDR = f"a private IPv4 range of /{SHORTEST_PREFIX} to /{LONGEST_PREFIX}, such as '10.10.0.0/16'"


def _private_range(text: str) -> str:
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError as error:
        raise refuse(f"must be {_CIDR}") from error
    if str(network) != text:
        raise refuse(f"must be {_CIDR}; did you mean '{network}'?")
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        raise refuse(f"must be {_CIDR}; this is a /{network.prefixlen}")
    if not any(network.subnet_of(private) for private in PRIVATE):
        raise refuse(f"must be {_CIDR}; this one lies outside 10/8, 172.16/12 and 192.168/16")
    if network.overlaps(TAKEN):
        raise refuse(f"must stay clear of {TAKEN}, which AWS services use for themselves")
    return text


_HEX = "([0-9a-f]{8}|[0-9a-f]{17})"
SubnetIds = Annotated[
    tuple[Annotated[str, Shape(f"subnet-{_HEX}", "subnet ids, subnet- and 17 hex digits")], ...],
    Strict(strict=False),
]


class NetworkSettings(Slice):
    """Where the tier lives and who is let in."""

    cidr: Annotated[str, Shape(r"[0-9]+(\.[0-9]+){3}/[0-9]+", _CIDR), AfterValidator(_private_range)] = Field(
        description="Address range of the VPC, or of the existing one named by vpc_id. Source: RFC 1918 and "
        "the VPC guide, 'VPC CIDR blocks'.",
        examples=["10.10.0.0/16"],
    )
    availability_zones: Annotated[
        Names,
        Count(2, 6, "availability zones", "RDS wants a subnet group of two zones even for one instance"),
    ] = Field(
        description="Zones that get one isolated subnet each, in this order. Source: the RDS guide, 'Working "
        "with a DB instance in a VPC'.",
        examples=[("us-east-1a", "us-east-1b")],
    )
    endpoint_zones: Annotated[Names, Count(1, 6, "availability zones")] = Field(
        description="Zones out of availability_zones in which the tier's endpoints have an address; each "
        "costs about $7.30 a month and endpoint. Source: AWS PrivateLink pricing.",
        examples=[("us-east-1a",)],
    )
    flow_logs: bool = Field(
        description="Whether every accepted and refused connection in the VPC is recorded in CloudWatch "
        "Logs. Source: the VPC guide, 'Logging IP traffic using VPC Flow Logs'.",
        examples=[True],
    )
    flow_log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=90, description="Days that flow logs are kept. Source: CloudWatch Logs, PutRetentionPolicy."
    )
    vpc_id: Annotated[str, Shape(f"vpc-{_HEX}", "a VPC id, vpc- and 17 hex digits")] | None = Field(
        default=None,
        description="Existing VPC to move into instead of making one; then isolated_subnet_ids and "
        "create_endpoints say how. Source: design, 'Ways in'.",
    )
    isolated_subnet_ids: SubnetIds = Field(
        default=(),
        description="With vpc_id only: one existing subnet for each of availability_zones, in the same "
        "order. Source: design, 'Ways in'.",
    )
    create_endpoints: bool | None = Field(
        default=None,
        description="With vpc_id only, and then required: false where the VPC has an endpoint of Secrets "
        "Manager already, because a second one with private DNS is refused; true where it has none, and then "
        "everything in the VPC resolves Secrets Manager to the tier's. A VPC of the tier's own always gets "
        "one. An endpoint that is there must let its callers write the tier's secrets, or nothing rotates. "
        "With pooling.mode = 'pgbouncer' or backup.logical the same holds of endpoints of ECR (ecr.api, "
        "ecr.dkr) and of CloudWatch Logs, and an existing VPC brings a gateway endpoint of S3 in either "
        "case. Source: the PrivateLink guide, 'Enable private DNS names'.",
    )
    endpoint_security_group_id: (
        Annotated[str, Shape(f"sg-{_HEX}", "a security group id, sg- and 17 hex digits")] | None
    ) = Field(
        default=None,
        description="With create_endpoints = false only: the security group that the VPC's own endpoints "
        "wear; the tier adds rules to it, so that applications, the Lambdas and the tasks reach them. "
        "Source: the PrivateLink guide, 'Security groups'.",
    )
    s3_prefix_list_id: Annotated[str, Shape(f"pl-{_HEX}", "a prefix list id, pl- and 8 or 17 hex digits")] | (
        None
    ) = Field(
        default=None,
        description="With pooling.mode = 'pgbouncer' or backup.logical only: the region's prefix list "
        "com.amazonaws.<region>.s3 (`aws ec2 describe-managed-prefix-lists`), which the tasks may reach for "
        "their image and for backups; unset, their security groups let 443 out to anywhere, and the VPC's "
        "routes alone keep it to S3. Source: the PrivateLink guide, 'Gateway endpoints for Amazon S3'.",
    )
