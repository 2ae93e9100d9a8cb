"""What is accepted of the network. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, Finding, across
from stacks.settings import Environment


def network_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of a VPC of the tier's own."""
    if environment.network.vpc_id is not None:
        return
    vpc = ("network/Vpc/Resource",)
    yield Finding(
        "No resource wears the default security group: every member of the VPC names its own, and a test "
        "of the templates holds that. CloudFormation cannot empty the group; the Lambda that could would "
        "be one more principal with ec2:RevokeSecurityGroup* rights. The VPC has no route to the internet "
        "either way.",
        vpc,
        across("VPCDefaultSecurityGroupClosed", NIST, HIPAA, PCI),
    )
    if not (environment.network.flow_logs or environment.termination_protection):
        yield Finding(
            f"{environment.name} holds no production data and sets network.flow_logs = false to stay within "
            "its budget. Its VPC has no internet route, and its security groups reference only one "
            "another. A protected environment records every flow.",
            vpc,
            (f"{AWS}VPC7", *across("VPCFlowLogsEnabled", NIST, HIPAA, PCI)),
        )
