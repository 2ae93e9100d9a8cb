"""AWS::SecretsManager::SecretTargetAttachment: writes an instance's real endpoint into a secret.

AWS adds the instance's identifier too, which the emulator does not.
"""

from typing import cast

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import REWRITE_SECRET, TARGET_CONNECTION

INSTANCE = "AWS::RDS::DBInstance"


class SecretTargetAttachment(Emulated):
    """The link between a secret and a database instance."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Write the endpoint into the secret."""
        return self._attach(request, properties, "create")

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Write the endpoint anew."""
        return self._attach(request, new, "update")

    def _attach(self, request: Request, properties: Properties, action: str) -> Outcome:
        emulator = self.workshop.emulator
        kind, target, secret = (properties.text(name) for name in ("TargetType", "TargetId", "SecretId"))
        connection = cast("dict[str, object]", emulator.call(TARGET_CONNECTION, kind, target))
        if kind == INSTANCE:
            connection = {**connection, "dbInstanceIdentifier": target}
        arn = emulator.call(REWRITE_SECRET, secret, connection, self.resource_type, action)
        evidence = f"wrote {connection['host']}:{connection['port']} into the secret for {request.logical_id}"
        return Outcome(physical_id=str(arn), attributes={}, evidence=(evidence,))
