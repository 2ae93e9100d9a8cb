"""What differs between facts of two databases, in sentences for a person. Pure."""

from containers.backup.manifest import Facts

_LONGEST = 160


def differing(expected: Facts, found: Facts) -> list[str]:
    """Name what is missing, unexpected or different, in the order of kinds and names.

    Of the kinds that the backup has: one that an older release did not record is not judged.
    """
    return [line for kind in sorted(expected) for line in _of_kind(kind, expected, found)]


def _of_kind(kind: str, expected: Facts, found: Facts) -> list[str]:
    wanted, there = expected[kind], found.get(kind, {})
    lines: list[str] = []
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            lines.append(f"{kind}: {name} is missing; the backup has {_short(wanted[name])}")
        elif name not in wanted:
            lines.append(f"{kind}: {name} is there and not in the backup: {_short(there[name])}")
        elif wanted[name] != there[name]:
            was, now = _apart(wanted[name], there[name])
            lines.append(f"{kind}: {name} is {now}; the backup has {was}")
    return lines


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
