"""AWS::SecretsManager::ResourcePolicy: kept with its secret; nothing enforces it here."""

import json

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import SECRET_POLICY, SECRET_POLICY_REMOVE


class SecretResourcePolicy(Emulated):
    """Who may use a secret."""

    def create(self, request: Request, properties: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Keep the policy."""
        return self._put(properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:  # noqa: ARG002  # the shape of every handler
        """Keep the changed policy."""
        return self._put(new)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002  # the shape of every handler
        """Remove the policy."""
        self.workshop.emulator.call(SECRET_POLICY_REMOVE, {"SecretId": physical_id})

    def _put(self, properties: Properties) -> Outcome:
        secret = str(properties.get("SecretId"))
        policy = json.dumps(properties.get("ResourcePolicy"))
        self.workshop.emulator.call(SECRET_POLICY, {"SecretId": secret, "ResourcePolicy": policy})
        return Outcome(physical_id=secret, attributes={"Id": secret})
