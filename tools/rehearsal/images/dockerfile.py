"""Reads from a Dockerfile how its image is started: ENTRYPOINT and CMD of the last stage. Pure.

Nothing else of it is heeded: what it installs and sets up is this machine's business in a rehearsal.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tools.rehearsal.errors import InvalidProperty


@dataclass(frozen=True, kw_only=True)
class Start:
    """How an image is started."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def start_of(text: str, *, name: str) -> Start:
    """Return the start of a Dockerfile that is called `name` in messages.

    Raises InvalidProperty for the shell's form: a shell as the first process hands no SIGTERM on.
    """
    found: dict[str, tuple[str, ...]] = {}
    for instruction, value in _instructions(text):
        if instruction == "FROM":
            found.clear()
        elif instruction in {"ENTRYPOINT", "CMD"}:
            found[instruction] = _words(instruction, value, name)
    return Start(entrypoint=found.get("ENTRYPOINT", ()), command=found.get("CMD", ()))


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, value = line.strip().partition(" ")
        if instruction:
            yield instruction.upper(), value.strip()


def _words(instruction: str, value: str, name: str) -> tuple[str, ...]:
    try:
        words: object = json.loads(value)
    except ValueError:
        words = None
    if not isinstance(words, list):
        raise InvalidProperty(
            f"{name}: {instruction} {value}: a rehearsal starts programs without a shell: "
            'write it as ["…", "…"]'
        )
    return tuple(str(word) for word in cast("list[object]", words))
