"""Publishes a figure as a line of the log, which CloudWatch makes a metric of. It calls no service.

Source of the format: CloudWatch guide, "Specification: Embedded metric format". Powertools' own writer adds a
dimension to every metric, by which no alarm of ours looks.
"""

import json
import sys
import time
from collections.abc import Mapping
from typing import Literal


def publish(
    name: str,
    value: float,
    *,
    unit: Literal["None", "Count", "Percent", "Seconds", "Milliseconds"],
    namespace: str,
    dimensions: Mapping[str, str],
) -> None:
    """Write one figure."""
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
