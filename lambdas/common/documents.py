"""Secret documents as JSON objects, whatever they hold. It quotes no value."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from lambdas.common.errors import SecretInvalid


def read_document(text: str, *, name: str, keys: Sequence[str]) -> Mapping[str, object]:
    """Read one; `name` is what messages call it, `keys` are what it should hold.

    Raises:
        SecretInvalid: it is no JSON object. Its keys are not looked at.
    """
    try:
        parsed: object = json.loads(text)
    except json.JSONDecodeError:
        # The decoder's error holds the whole document: it must not travel on as the cause.
        parsed = None
    if not isinstance(parsed, dict):
        raise SecretInvalid(f"secret {name} is not a JSON object; expected the keys {', '.join(keys)}.")
    return cast("Mapping[str, object]", parsed)


def successor_of(text: str, **changes: str) -> str:
    """A document that was read before, with some of it changed and all the rest as it is."""
    return json.dumps(cast("dict[str, object]", json.loads(text)) | changes)
