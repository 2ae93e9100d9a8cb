"""AWS::SecretsManager::Secret: its Ref is the ARN, its password made by GenerateSecretString's rules.

The emulator gives the name as Ref and reads only two of the rules. Secret values never reach the ledger.
"""

import json
from dataclasses import replace
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import RANDOM_PASSWORD, SECRET_RESOLVE, Record

RULES = "GenerateSecretString"
OK = 200


class Secret(Emulated):
    """A secret and the value that it starts with."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create the secret with a generated value."""
        properties.honour(RULES)
        outcome = super().create(request, self._with_value(request, properties))
        return self._by_arn(outcome)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the secret; its value only where the template's own rules have changed, as on AWS."""
        name = self._name(physical_id)
        kept = Properties({key: value for key, value in new.items() if key != RULES})
        before = Properties({key: value for key, value in old.items() if key != RULES})
        if new.get(RULES) != old.get(RULES):
            kept = self._with_value(request, new)
        new.honour(RULES)
        return self._by_arn(super().update(request, name, before, kept))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete the secret at once."""
        super().delete(self._name(physical_id), properties)

    def _with_value(self, request: Request, properties: Properties) -> Properties:
        rules = properties.get(RULES)
        if not isinstance(rules, dict) or properties.get("SecretString"):
            return properties
        password = self._password(request, rules)
        template = rules.get("SecretStringTemplate")
        text = password
        if template:
            document = cast("dict[str, Value]", json.loads(str(template)))
            text = json.dumps({**document, str(rules.get("GenerateStringKey", "password")): password})
        return Properties(
            {**{key: value for key, value in properties.items() if key != RULES}, "SecretString": text}
        )

    def _password(self, request: Request, rules: dict[str, Value]) -> str:
        typed = {key: _typed(key, value) for key, value in rules.items()}
        status, _, body = cast(
            "tuple[int, object, bytes]", self.workshop.emulator.call(RANDOM_PASSWORD, typed)
        )
        document = cast("dict[str, str]", json.loads(body))
        if status != OK:
            raise InvalidProperty(f"{request.logical_id}: {RULES}: {document.get('message', 'refused')}")
        return document["RandomPassword"]

    def _name(self, physical_id: str) -> str:
        name, record = cast(
            "tuple[str | None, Record | None]", self.workshop.emulator.call(SECRET_RESOLVE, physical_id)
        )
        return name if name and record else physical_id

    def _by_arn(self, outcome: Outcome) -> Outcome:
        return replace(outcome, physical_id=str(outcome.attributes["Id"]))


def _typed(key: str, value: Value) -> Value:
    if key == "PasswordLength":
        return int(str(value))
    if key.startswith(("Exclude", "Include", "Require")) and key != "ExcludeCharacters":
        return str(value).lower() == "true"
    return value
