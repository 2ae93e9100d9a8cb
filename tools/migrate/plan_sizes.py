"""How large a relation is, in words: no more digits than an estimate has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tools.migrate.impact.relation import Target

_KIB: Final = 1024
_THOUSAND: Final = 1000
_TEN: Final = 10
_HALF: Final = 0.5


def size_of(target: Target) -> str:
    """Its rows and its bytes."""
    size = _bytes(target.size or 0)
    if target.rows is None:
        return f"rows not counted yet, {size}"
    return f"{_rounded(target.rows)} row{'' if target.rows == 1 else 's'}, {size}"


def _rounded(count: float) -> str:
    for unit in ("", "k", "M"):
        if count < _THOUSAND - _HALF:
            return f"{_short(count)}{unit}"
        count /= _THOUSAND
    return f"{_short(count)} billion"


def _bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < _KIB - _HALF:
            return f"{_short(size)} {unit}"
        size /= _KIB
    return f"{_short(size)} TiB"


def _short(number: float) -> str:
    """One decimal below ten, none above."""
    return (f"{number:.1f}" if number < _TEN - _HALF / _TEN else f"{number:.0f}").removesuffix(".0")
