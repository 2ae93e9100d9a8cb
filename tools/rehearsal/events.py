"""Reads CloudFormation's events: which resources failed, and how long a stack's last operation took.

Never measures time itself: what CloudFormation wrote down counts, whenever somebody looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.rehearsal.clouds import asking, cloudformation
from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.reason import Failure
from tools.rehearsal.stacks_state import Stack, stacks
from tools.rehearsal.tier import Tier

STACK = "AWS::CloudFormation::Stack"
STARTS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
"""How an operation begins; a change set under review and a roll-back are not beginnings."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of one stack."""

    at: datetime
    status: str
    logical_id: str
    resource_type: str
    reason: str


def events(tier: Tier, stack: Stack) -> list[Event]:
    """Return a stack's events, the first one first. Raises EmulatorRefused."""
    with asking(tier, f"the events of {stack.name}"):
        client = cloudformation(tier, stack.region)
        pages = client.get_paginator("describe_stack_events").paginate(StackName=stack.name)
        found = [event for page in pages for event in page["StackEvents"]]
    listed = [
        Event(
            at=event["Timestamp"],
            status=event.get("ResourceStatus", ""),
            logical_id=event.get("LogicalResourceId", ""),
            resource_type=event.get("ResourceType", ""),
            reason=event.get("ResourceStatusReason", ""),
        )
        for event in reversed(found)  # CloudFormation gives the last one first
    ]
    return sorted(listed, key=lambda event: event.at)


def operation_seconds(listed: Sequence[Event]) -> float | None:
    """Return how long the last operation took by its stack's own events; None while it goes on. Pure."""
    own = [event for event in listed if event.resource_type == STACK]
    began = [event.at for event in own if event.status in STARTS]
    if not began or own[-1].status.endswith("_IN_PROGRESS"):
        return None
    return (own[-1].at - began[-1]).total_seconds()


def seconds(tier: Tier, stack: Stack) -> float | None:
    """Return how long a stack's last operation took; None while it goes on or nobody says."""
    try:
        return operation_seconds(events(tier, stack))
    except EmulatorRefused:  # a number beside a result is not worth losing the result
        return None


def failures(tier: Tier, *, since: datetime) -> list[Failure]:
    """Return the resources that failed since a moment, the first one first; none if nobody can be asked."""
    found: list[tuple[datetime, Failure]] = []
    try:
        listed = [(stack.name, event) for stack in stacks(tier) for event in events(tier, stack)]
    except EmulatorRefused:  # the CDK CLI's own last words are shown instead
        return []
    for name, event in listed:
        if event.status.endswith("_FAILED") and event.resource_type != STACK and event.at >= since:
            failure = Failure(
                stack=name,
                logical_id=event.logical_id,
                resource_type=event.resource_type,
                text=event.reason,
            )
            found.append((event.at, failure))
    return [failure for _, failure in sorted(found, key=lambda pair: pair[0])]
