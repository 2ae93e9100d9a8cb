"""A synthesized template, asked by resource type and property instead of by logical id. Never writes one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.settings import Environment

Resource = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """One stack's template."""

    path: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def all(self, type_: str) -> dict[str, Resource]:
        """Every resource of a type, by logical id."""
        return {id_: it for id_, it in self.document["Resources"].items() if it["Type"] == type_}

    def properties(self, type_: str) -> list[Resource]:
        """The properties of every resource of a type."""
        return [it.get("Properties", {}) for it in self.all(type_).values()]

    def one(self, type_: str) -> Resource:
        """The properties of the only resource of a type."""
        (only,) = self.properties(type_)
        return only

    @property
    def outputs(self) -> dict[str, Any]:
        """Outputs for people; those that only link stacks are left out."""
        found = self.document.get("Outputs", {})
        return {id_: it["Value"] for id_, it in found.items() if "Export" not in it}

    @property
    def parameters(self) -> dict[str, Any]:
        """SSM parameters: value by name."""
        return {it["Name"]: it["Value"] for it in self.properties("AWS::SSM::Parameter")}


@dataclass(frozen=True)
class Tier:
    """A synthesized environment."""

    environment: Environment
    directory: Path
    found: frozenset[tuple[str, str]]
    """What the rule packs found before anything was acknowledged: construct path and rule."""

    def stack(self, part: str) -> Template:
        """The template of `datatier-<env>-<part>`."""
        return Template(self.directory / f"datatier-{self.environment.name}-{part}.template.json")

    @property
    def stacks(self) -> list[Template]:
        """Every template."""
        return [Template(path) for path in sorted(self.directory.glob("*.template.json"))]

    def all(self, type_: str) -> list[Resource]:
        """Every resource of a type in any stack."""
        return [it for template in self.stacks for it in template.all(type_).values()]

    @property
    def resources(self) -> list[Resource]:
        """Every resource in any stack."""
        return [it for template in self.stacks for it in template.document["Resources"].values()]
