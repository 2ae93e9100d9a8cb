"""Every accepted and refused connection of a VPC, in an encrypted log group. Never reads one."""

from aws_cdk import CfnTag
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import TierStack


def record_flows(stack: TierStack, *, vpc_id: str, key_arn: str, retention_days: int) -> None:
    """Declare the log group, its writer and the flow log, directly in `stack`."""
    group = EncryptedLogGroup(stack, "FlowLogGroup", key_arn=key_arn, retention_days=retention_days)
    writer = ServiceRole(
        stack,
        "FlowLogWriter",
        service="vpc-flow-logs.amazonaws.com",
        description="Writes the VPC's flow logs to their log group",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        statements=[
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                resources=[group.streams_arn],
            )
        ],
    )
    flow_log = ec2.CfnFlowLog(
        stack,
        "FlowLog",
        resource_id=vpc_id,
        resource_type="VPC",
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_group_name=group.name,
        deliver_logs_permission_arn=writer.arn,
        tags=[CfnTag(key="Name", value=stack.names.prefix)],
    )
    flow_log.node.add_dependency(writer.policy)
