"""A roll-back reads references to secrets anew, as an update does: CloudFormation keeps no secret's value.

The emulator remembers what a reference stood for when it was deployed, and would bring back a password that a
rotation has replaced since.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from tools.rehearsal.properties import Value
from tools.rehearsal.seams import REFERENCE, REVERT_UPDATE, Emulator, Record

PREVIOUS, RECORD = 6, 8
"""Where the emulator hands over a resource's properties before the update, and what it keeps of it."""


def correct_roll_backs(emulator: Emulator) -> None:
    """Put the correction in place."""
    originally = cast("Callable[..., Awaitable[object]]", emulator.function(REVERT_UPDATE))

    async def revert(*arguments: object) -> object:
        given = list(arguments)
        kept = cast("Record | None", given[RECORD]) if len(given) > RECORD else None
        known = cast("dict[str, str]", kept.get("_dynamic") or {}) if kept else {}
        renewed = {value: _read(emulator, reference, value) for reference, value in known.items()}
        given[PREVIOUS] = with_values(cast("Value", given[PREVIOUS]), renewed)
        return await originally(*given)

    emulator.replace(REVERT_UPDATE, revert)


def with_values(properties: Value, renewed: Mapping[str, str]) -> Value:
    """Return properties with each of some values in the place of a former one, wherever it stands."""
    match properties:
        case str():
            for former, value in renewed.items():
                properties = properties.replace(former, value) if former else properties
            return properties
        case list():
            return [with_values(member, renewed) for member in properties]
        case dict():
            return {name: with_values(member, renewed) for name, member in properties.items()}
        case _:
            return properties


def _read(emulator: Emulator, reference: str, former: str) -> str:
    try:
        return str(emulator.call(REFERENCE, reference))
    except ValueError:  # the secret is gone, or has no such key any more
        return former
