"""The EC2 types that the emulator lacks, and an attribute that its VPC lacks.

All are kept; no packet obeys them.
"""

import uuid
from dataclasses import replace
from typing import cast

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import FLOW_LOGS, FLOW_LOGS_CREATE, GROUP_RULES, SECURITY_GROUPS, Record


class Vpc(Emulated):
    """AWS::EC2::VPC with `GetAtt CidrBlock`."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create the VPC and show its address range."""
        return self._shown(super().create(request, properties), properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the VPC and show its address range."""
        return self._shown(super().update(request, physical_id, old, new), new)

    def _shown(self, outcome: Outcome, properties: Properties) -> Outcome:
        return replace(outcome, attributes={**outcome.attributes, "CidrBlock": properties.get("CidrBlock")})


class SecurityGroupRule(Emulated):
    """AWS::EC2::SecurityGroupIngress and …Egress: one rule of a security group of its own."""

    def create(self, request: Request, properties: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Add the rule to its group."""
        rules = self._rules(properties)
        rules.extend(self._permissions(properties))
        identifier = f"sgr-{uuid.uuid4().hex[:17]}"
        return Outcome(physical_id=identifier, attributes={"Id": identifier})

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Replace the rule."""
        self.delete(physical_id, old)
        return replace(self.create(request, new), physical_id=physical_id, attributes={"Id": physical_id})

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002  # the shape of every handler
        """Remove the rule from its group."""
        rules = self._rules(properties)
        for permission in self._permissions(properties):
            if permission in rules:
                rules.remove(permission)

    def _rules(self, properties: Properties) -> list[Record]:
        group = self.workshop.emulator.store(SECURITY_GROUPS).get(str(properties.get("GroupId")))
        direction = "IpPermissionsEgress" if self.resource_type.endswith("Egress") else "IpPermissions"
        return cast("list[Record]", group[direction]) if group else []

    def _permissions(self, properties: Properties) -> list[Record]:
        return cast("list[Record]", self.workshop.emulator.call(GROUP_RULES, [properties]))


class FlowLog(Emulated):
    """AWS::EC2::FlowLog: kept; no packet passes that could be logged."""

    def create(self, request: Request, properties: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Record the flow log."""
        store = self.workshop.emulator.store(FLOW_LOGS)
        before = set(store)
        wanted = {key: str(value) for key, value in properties.items() if isinstance(value, str | int)}
        self.workshop.emulator.call(
            FLOW_LOGS_CREATE, {**wanted, "ResourceId.1": wanted.get("ResourceId", "")}
        )
        identifier = (set(store) - before).pop()
        return Outcome(physical_id=identifier, attributes={"Id": identifier})

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002  # the shape of every handler
        """Forget the flow log."""
        self.workshop.emulator.store(FLOW_LOGS).pop(physical_id, None)
