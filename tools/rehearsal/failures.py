"""Reads from CloudFormation's events which resources failed in the operations that began after a moment."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from tools.rehearsal.clouds import cloudformation
from tools.rehearsal.reason import Failure
from tools.rehearsal.stacks_state import stacks
from tools.rehearsal.tier import Tier

STACK = "AWS::CloudFormation::Stack"


def failures(tier: Tier, *, since: datetime) -> list[Failure]:
    """Return the failed resources, the first one first."""
    found: list[tuple[datetime, Failure]] = []
    for stack in stacks(tier):
        client = cloudformation(tier, stack.region)
        try:
            pages = client.get_paginator("describe_stack_events").paginate(StackName=stack.name)
            events = [event for page in pages for event in page["StackEvents"]]
        except (BotoCoreError, ClientError):
            continue
        for event in events:
            failed = (
                event.get("ResourceStatus", "").endswith("_FAILED") and event.get("ResourceType") != STACK
            )
            if failed and event["Timestamp"] >= since:
                found.append(
                    (
                        event["Timestamp"],
                        Failure(
                            stack=stack.name,
                            logical_id=event.get("LogicalResourceId", ""),
                            resource_type=event.get("ResourceType", ""),
                            text=event.get("ResourceStatusReason", ""),
                        ),
                    )
                )
    return [failure for _, failure in sorted(found, key=lambda pair: pair[0])]
