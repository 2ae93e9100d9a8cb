"""What ECS tells EventBridge of a task whose state has changed. Pure.

Source: ECS guide, "Amazon ECS task state change events".
"""

import json
from typing import cast

from tools.rehearsal.seams import Record

SOURCE, DETAIL_TYPE = "aws.ecs", "ECS Task State Change"


def state_change(task: Record) -> Record:
    """Return the event of a task's record as it is now, as an entry of PutEvents."""
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(_public(task)),
        "EventBusName": "default",
        "Resources": [task.get("taskArn")],
    }


def _public(value: object) -> object:
    """Return a record without what the emulator keeps for itself, and without what has no value."""
    if isinstance(value, dict):
        rows = cast("Record", value).items()
        return {
            name: _public(one) for name, one in rows if not name.startswith("_") and one not in (None, "")
        }
    if isinstance(value, list):
        return [_public(one) for one in cast("list[object]", value)]
    return value
