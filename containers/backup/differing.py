"""What differs between facts of two databases, in sentences for a person. Pure."""

from typing import Final

from containers.backup.manifest import Facts
from containers.backup.settled import settled

_LONGEST: Final = 160
_DEPARSED: Final = frozenset(
    (
        "columns",
        "constraints",
        "functions",
        "indexes",
        "inheritance",
        "policies",
        "triggers",
        "types",
        "views",
    )
)
"""The kinds that hold expressions: PostgreSQL's text of one is not stable over a dump and a restore."""


def differing(expected: Facts, found: Facts, *, alone: bool = True) -> list[str]:
    """Name what is missing, unexpected or different, in the order of kinds and names.

    Of the kinds that the backup has: one that an older release did not record is not judged. Not `alone`,
    what was restored is beside something else, and nothing is unexpected. Where two texts of an expression
    differ, their settled forms decide: what those cannot tell apart, `settled` says.
    """
    return [line for kind in sorted(expected) for line in _of_kind(kind, expected, found, alone=alone)]


def _of_kind(kind: str, expected: Facts, found: Facts, *, alone: bool) -> list[str]:
    wanted, there = expected[kind], found.get(kind, {})
    lines: list[str] = []
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            lines.append(f"{kind}: {name} is missing; the backup has {_short(wanted[name])}")
        elif name not in wanted:
            if alone:
                lines.append(f"{kind}: {name} is there and not in the backup: {_short(there[name])}")
        elif not _same(kind, wanted[name], there[name]):
            was, now = _apart(wanted[name], there[name])
            lines.append(f"{kind}: {name} is {now}; the backup has {was}")
    return lines


def _same(kind: str, was: str, now: str) -> bool:
    return was == now or (kind in _DEPARSED and settled(was) == settled(now))


def _apart(was: str, now: str) -> tuple[str, str]:
    """Both, from shortly before where they part when they are long."""
    if max(len(was), len(now)) <= _LONGEST:
        return _short(was), _short(now)
    parting = next(
        (at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now))
    )
    begin = max(0, parting - _LONGEST // 4)
    before = "…" if begin else ""
    return before + _short(was[begin:]), before + _short(now[begin:])


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"
