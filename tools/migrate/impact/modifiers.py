"""A type's modifiers, `(10,2)`, and whether new ones hold every old value untouched. Pure."""

from __future__ import annotations

import re
from typing import Final

_NUMBERS: Final = re.compile(r"\((\d+(?:,-?\d+)*)\)")
_TIMES: Final = frozenset(
    {
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
    }
)
_FULL_PRECISION: Final = 6


def modifiers_of(formatted: str) -> tuple[int, ...]:
    """The modifiers in a type as format_type writes it."""
    found = _NUMBERS.search(formatted)
    return tuple(int(number) for number in found.group(1).split(",")) if found else ()


def holds(base: str, old: tuple[int, ...], new: tuple[int, ...]) -> bool | None:
    """Whether the server leaves every row alone when the modifiers change; None for not known.

    Source: the support functions of PostgreSQL 15's length coercions (varchar, varbit, numeric, times).
    """
    if old == new:
        return True
    if base in ("character varying", "bit varying"):
        return not new or (bool(old) and new[0] >= old[0])
    if base == "numeric":
        return not new or (bool(old) and _scale(new) == _scale(old) and new[0] >= old[0])
    if base in _TIMES:
        return not new or new[0] >= (old[0] if old else _FULL_PRECISION)
    if base == "interval":
        return None if new else True
    return False


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0
