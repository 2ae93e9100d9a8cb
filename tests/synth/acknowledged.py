"""The findings of the rule packs that findings.py accepts, as the packs name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import findings

if TYPE_CHECKING:
    from stacks.settings import Environment


def acknowledged(environment: Environment) -> list[tuple[str, str]]:
    """Every pair of construct path and rule that stands in findings.py."""
    return [
        (f"datatier-{environment.name}-{resource}", rule)
        for finding in findings.accepted(environment)
        for resource in finding.resources
        for rule in finding.rules
    ]
