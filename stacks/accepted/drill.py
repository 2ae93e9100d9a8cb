"""What is accepted of the network that a drill stands in. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, Finding, across
from stacks.settings import Environment

VPC = ("recovery/Network/Vpc",)


def drill_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of the recovery region's VPC."""
    yield Finding(
        "A task stands here for an hour a week, with a security group that lets nobody in, and goes out by "
        "HTTPS to AWS's public addresses for its image and its log. Without this route it would need a NAT "
        "gateway or three interface endpoints, each dearer than the drill (docs/adr/0009). No database and "
        "no other member is ever in this VPC, and it is joined with none.",
        ("recovery/Network/WayOut",),
        across("VPCNoUnrestrictedRouteToIGW", NIST, HIPAA, PCI),
    )
    yield Finding(
        "No resource wears the default security group: the task names its own. CloudFormation cannot empty "
        "the group; the Lambda that could would be one more principal with ec2:RevokeSecurityGroup* rights.",
        VPC,
        across("VPCDefaultSecurityGroupClosed", NIST, HIPAA, PCI),
    )
    if not (environment.network.flow_logs or environment.termination_protection):
        yield Finding(
            f"{environment.name} holds no production data and sets network.flow_logs = false to stay within "
            "its budget. The one security group of this VPC lets nobody in. A protected environment records "
            "every flow.",
            VPC,
            (f"{AWS}VPC7", *across("VPCFlowLogsEnabled", NIST, HIPAA, PCI)),
        )
