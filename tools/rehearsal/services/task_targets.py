"""A rule's target on ECS: the RunTask that EventBridge makes of it. Pure.

Source: EventBridge API, "EcsParameters" and "Target"; ECS guide, "Amazon ECS scheduled tasks".
"""

import json
from collections.abc import Mapping
from typing import cast

from tools.rehearsal.seams import Record

STARTED_BY = "events-rule/"
LONGEST_STARTED_BY = 128
"""Source: ECS API, RunTask, startedBy."""

REGION_FIELD = 3


def run_task(target: Record, *, rule: str, region: str, given: object) -> Record | None:
    """Return the request; `given` is the target's input, a JSON document of overrides or nothing.

    None for a target that cannot be invoked: in another region, without a role, with another input.
    """
    cluster = str(target.get("Arn"))
    parameters = _mapping(target.get("EcsParameters"))
    overrides = _overrides(given)
    elsewhere = cluster.split(":")[REGION_FIELD : REGION_FIELD + 1] != [region]
    if elsewhere or not target.get("RoleArn") or overrides is None:
        return None
    request: Record = {
        "cluster": cluster,
        "taskDefinition": parameters.get("TaskDefinitionArn", ""),
        "count": int(str(parameters.get("TaskCount") or 1)),
        "startedBy": f"{STARTED_BY}{rule}"[:LONGEST_STARTED_BY],
        "overrides": overrides,
        "tags": [_lowered(one) for one in cast("list[object]", parameters.get("TagList") or [])],
    }
    for name in (
        "LaunchType",
        "PlatformVersion",
        "Group",
        "CapacityProviderStrategy",
        "NetworkConfiguration",
    ):
        if parameters.get(name):
            request[_lower(name)] = _lowered(parameters[name])
    return request


def _overrides(given: object) -> Record | None:
    if not given:
        return {}
    try:
        found = json.loads(str(given))
    except ValueError:
        return None
    return cast("Record", found) if isinstance(found, dict) else None


def _lowered(value: object) -> object:
    """Return a value with ECS' names, which begin with a small letter, in the place of EventBridge's."""
    if isinstance(value, dict):
        return {_lower(name): _lowered(one) for name, one in cast("Record", value).items()}
    if isinstance(value, list):
        return [_lowered(one) for one in cast("list[object]", value)]
    return value


def _lower(name: str) -> str:
    """Return ECS' name; what CloudFormation calls AwsVpcConfiguration begins with small letters there."""
    return "awsvpcConfiguration" if name == "AwsVpcConfiguration" else f"{name[:1].lower()}{name[1:]}"


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Record", value) if isinstance(value, dict) else {}
