"""The options that the commands of `datatier backup` share, and the tier that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stacks.settings import load_environment
from tools.access import cloud
from tools.cli.entering import EnvironmentName, RealAws

if TYPE_CHECKING:
    from stacks.settings import Environment
    from tools.access.cloud import Cloud

__all__ = ["AsJson", "Copy", "EnvironmentName", "FromCopy", "RealAws", "Streams", "find"]

Copy = Literal["source", "replica"]
FromCopy = Annotated[
    Copy, typer.Option("--copy", help="Which region's bucket: the tier's own, or its copy in recovery.")
]
Streams = Annotated[int, typer.Option("--streams", min=1, max=64, help="How many objects are read at once.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def find(environment: str, *, aws: bool) -> tuple[Environment, Cloud]:
    """Return the settings and the cloud, recovery region included. Raises SettingsError, AccessError."""
    settings = load_environment(environment)
    chosen = cloud.find(
        environment, region=settings.region, aws=aws, recovery_region=settings.recovery_region
    )
    return settings, chosen
