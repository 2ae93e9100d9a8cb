"""Reads from CloudFormation what the deployed templates declare.

Never reads a property's value, only its name.
"""

from typing import cast

from tools.rehearsal.clouds import asking, cloudformation
from tools.rehearsal.fidelity import Declared
from tools.rehearsal.stacks_state import stacks
from tools.rehearsal.tier import Tier


def declared(tier: Tier) -> list[Declared]:
    """Return every resource of every deployed stack. Raises EmulatorRefused."""
    found: list[Declared] = []
    for stack in stacks(tier):
        client = cloudformation(tier, stack.region)
        with asking(tier, f"the resources of {stack.name}"):
            body = client.get_template(StackName=stack.name)["TemplateBody"]  # the client parses JSON
            pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
            summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
        template = cast("dict[str, dict[str, dict[str, dict[str, object]]]]", body)
        for summary in summaries:
            logical_id = summary["LogicalResourceId"]
            definition = template.get("Resources", {}).get(logical_id, {})
            found.append(
                Declared(
                    region=stack.region,
                    stack=stack.name,
                    logical_id=logical_id,
                    resource_type=summary["ResourceType"],
                    physical_id=summary.get("PhysicalResourceId", ""),
                    properties=frozenset(definition.get("Properties", {})),
                )
            )
    return found
