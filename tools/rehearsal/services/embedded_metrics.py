"""Figures in lines of logs: what a line of the embedded metric format publishes. Pure.

Source: CloudWatch guide, "Specification: Embedded metric format". What does not keep to it publishes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

MOST_VALUES = 100
MOST_DIMENSIONS = 30


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The values of one metric, at a moment in seconds of the epoch."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    values: tuple[float, ...]
    moment: float


def figures(line: str) -> list[Figure]:
    """Return what a line publishes; most lines publish nothing."""
    if '"CloudWatchMetrics"' not in line:
        return []
    try:
        root = json.loads(line)
    except ValueError:
        return []
    metadata = _mapping(_mapping(root).get("_aws"))
    moment = metadata.get("Timestamp")
    if not _is_number(moment):
        return []
    return [
        figure
        for directive in _list(metadata.get("CloudWatchMetrics"))
        for figure in _of_directive(_mapping(root), _mapping(directive), cast("float", moment) / 1000)
    ]


def _of_directive(
    root: Mapping[str, object], directive: Mapping[str, object], moment: float
) -> Iterator[Figure]:
    namespace = directive.get("Namespace")
    if not isinstance(namespace, str) or not namespace:
        return
    for names in _list(directive.get("Dimensions")):
        dimensions = _dimensions(root, _list(names))
        if dimensions is None:
            continue
        for metric in map(_mapping, _list(directive.get("Metrics"))):
            name = metric.get("Name")
            values = _values(root.get(name)) if isinstance(name, str) else ()
            if values:
                yield Figure(
                    namespace=namespace,
                    name=str(name),
                    unit=str(metric.get("Unit") or "None"),
                    dimensions=dimensions,
                    values=values,
                    moment=moment,
                )


def _dimensions(root: Mapping[str, object], names: list[object]) -> tuple[tuple[str, str], ...] | None:
    """The values of a set of dimensions, which may be empty; None where one has no text for a value."""
    found = {str(name): root.get(str(name)) for name in names}
    if len(found) > MOST_DIMENSIONS or not all(isinstance(value, str) and value for value in found.values()):
        return None
    return tuple((name, str(value)) for name, value in sorted(found.items()))


def _values(target: object) -> tuple[float, ...]:
    found = _list(cast("object", target)) if isinstance(target, list) else [target]
    if len(found) > MOST_VALUES or not all(map(_is_number, found)):
        return ()
    return tuple(float(cast("float", value)) for value in found)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
