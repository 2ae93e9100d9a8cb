"""What a running task says in its log, as progress. Pure; what it does not understand it passes over."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How far a task is, by its last line: a sentence, tables done of all, bytes. None: not told."""

    message: str = "starting"
    tables: int | None = None
    tables_done: int | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    backup: str | None = None
    last_words: str = ""
    """The last line that is no JSON: what a failing task says on stderr."""


def follow_lines(lines: Iterable[str], *, so_far: Seen) -> Seen:
    """Take new lines of the log into account, in order."""
    seen = so_far
    for line in lines:
        seen = _with(seen, line)
    return seen


def _with(seen: Seen, line: str) -> Seen:
    text = line.strip()
    if not text:
        return seen
    try:
        document: object = json.loads(text)
    except ValueError:
        return replace(seen, last_words=text)
    if not isinstance(document, dict) or "_aws" in document:  # a metric
        return seen
    entry = cast("Mapping[str, object]", document)
    facts: object = entry.get("facts")
    told = cast("Mapping[str, object]", facts if isinstance(facts, dict) else {})
    return _told(
        seen,
        message=_text(entry.get("message")),
        tables=_number(told.get("tables")),
        tables_done=_number(told.get("tables_done")),
        bytes_done=_number(told.get("bytes_done")),
        bytes_total=_number(told.get("bytes_total")),
        backup=_text(told.get("backup")),
    )


def _told(seen: Seen, **facts: str | int | None) -> Seen:
    known: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    return replace(seen, **known)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
