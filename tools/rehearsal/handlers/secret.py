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
        recorded = properties.with_values(self._value(request, properties))
        outcome = super().create(request, recorded)
        properties.learn_from(recorded)
        return self._by_arn(outcome)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the secret; its value only where the template's own rules have changed, as on AWS."""
        changed = new.get(RULES) != old.get(RULES)
        value = self._value(request, new) if changed else {"SecretString": ""}
        recorded = new.with_values({**value, RULES: ""})
        before = old.with_values({"SecretString": "", RULES: ""})
        outcome = super().update(request, self._name(physical_id), before, recorded)
        new.learn_from(recorded)
        return self._by_arn(outcome)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete the secret at once."""
        super().delete(self._name(physical_id), properties)

    def _value(self, request: Request, properties: Properties) -> dict[str, Value]:
        """Return the value to start with, if the template leaves it to be generated."""
        rules = properties.honour(RULES)
        if not isinstance(rules, dict) or properties.get("SecretString"):
            return {}
        password = self._password(request, rules)
        template = rules.get("SecretStringTemplate")
        if not template:
            return {"SecretString": password}
        document = cast("dict[str, Value]", json.loads(str(template)))
        key = str(rules.get("GenerateStringKey", "password"))
        return {"SecretString": json.dumps({**document, key: password})}

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
