"""The state of a tier's stacks, as CloudFormation reports it."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from tools.rehearsal.clouds import asking, cloudformation
from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.tier import Tier

TOOLKIT = "CDKToolkit"
STILLBORN = "ROLLBACK_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack: its status and when it last changed."""

    name: str
    region: str
    status: str
    changed: str

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return not self.settled and self.status != "REVIEW_IN_PROGRESS"

    @property
    def settled(self) -> bool:
        """Whether an operation has ended, well or not; a change set under review is none yet."""
        return not self.status.endswith("_IN_PROGRESS")

    @property
    def good(self) -> bool:
        """Whether the last operation reached its goal."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def stacks(tier: Tier) -> list[Stack]:
    """Return the tier's stacks in both regions, oldest first. Raises EmulatorRefused."""
    found: list[Stack] = []
    for region in dict.fromkeys((tier.region, tier.recovery_region)):
        with asking(tier, f"its stacks in {region}"):
            pages = cloudformation(tier, region).get_paginator("describe_stacks").paginate()
            described = [stack for page in pages for stack in page["Stacks"]]
        found += [
            Stack(
                name=stack["StackName"],
                region=region,
                status=stack["StackStatus"],
                changed=str(stack.get("LastUpdatedTime") or stack["CreationTime"]),
            )
            for stack in sorted(described, key=lambda stack: str(stack["CreationTime"]))
            if stack["StackName"].startswith(tier.prefix)
        ]
    return found


def remove_stillborn(tier: Tier) -> list[str]:
    """Delete stacks that never came to be, which the CDK cannot while they are protected from termination.

    On AWS this is a person's decision; here nothing is in them that could be lost. Returns their names.
    Raises EmulatorRefused.
    """
    removed: list[str] = []
    for stack in stacks(tier):
        if stack.status != STILLBORN:
            continue
        client = cloudformation(tier, stack.region)
        with asking(tier, f"the removal of {stack.name}, whose first creation had failed"):
            client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
            client.delete_stack(StackName=stack.name)
            client.get_waiter("stack_delete_complete").wait(
                StackName=stack.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )
        removed.append(stack.name)
    return removed


def has_toolkit(tier: Tier, region: str) -> bool:
    """Tell whether the region was bootstrapped for the CDK. Raises EmulatorRefused."""
    try:
        with asking(tier, f"{TOOLKIT} in {region}"):
            described = cloudformation(tier, region).describe_stacks(StackName=TOOLKIT)["Stacks"]
    except EmulatorRefused as error:
        if isinstance(error.__cause__, ClientError):  # the answer to a name that no stack has
            return False
        raise
    return any(stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} for stack in described)
