"""How a plan is shown: lines for people, the same as data for programs. It judges nothing."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from rich.text import Text

from tools.migrate.impact.impact import LARGE_ROWS
from tools.migrate.impact.locks import Lock
from tools.migrate.impact.relation import PARTS
from tools.migrate.plan_sizes import size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.migrate.impact.impact import Impact
    from tools.migrate.pending import Pending

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))--\s.*$", re.MULTILINE)
_DANGER: Final = "!!"
_DOUBT: Final = "??"
_STYLES: Final = {_DANGER: "bold red", _DOUBT: "yellow", "": ""}
_INDENT: Final = 10
_LOCK_WIDTH: Final = max(len(lock) for lock in Lock) + 2
_WORK_WIDTH: Final = 14
_NARROWEST: Final = _INDENT + _LOCK_WIDTH + _WORK_WIDTH + 20


def document(plan: Pending) -> dict[str, object]:
    """The plan as JSON: `rows` are estimates and `size` is in bytes; null where nobody knows."""
    return {
        "pending": list(plan.migrations),
        "dangerous": plan.dangerous,
        "prolonging": plan.prolonging,
        "unknown": plan.unknown,
        "statements": [
            {
                "migration": one.migration,
                "file": one.file,
                "line": one.line,
                "statement": one.statement,
                "dangerous": one.dangerous,
                "unknown": one.unknown,
                "impacts": [_impact(impact) for impact in one.impacts],
                "held": [
                    {"relation": held.relation, "lock": held.lock.value, "since_line": held.line}
                    for held in one.held
                ],
            }
            for one in plan.statements
        ],
    }


def _impact(impact: Impact) -> dict[str, object]:
    return {
        "relation": impact.on.name or None,
        "kind": impact.on.kind or None,
        "state": impact.on.state if impact.on.name else None,
        "members": [f"{name.schema or 'public'}.{name.name}" for name in impact.on.members],
        "rows": impact.on.rows,
        "size": impact.on.size,
        "lock": impact.lock.value,
        "work": impact.work.value,
        "note": impact.note,
        "dangerous": impact.dangerous,
    }


def lines(plan: Pending, width: int) -> Iterator[Text]:
    """Each statement, and beneath it a line for each relation; danger stands out without colour too."""
    width = max(width, _NARROWEST)
    migration = ""
    for one in plan.statements:
        if one.migration != migration:
            migration = one.migration
            yield Text()
            yield Text(migration, style="bold")
        yield Text(f"{one.line:>{_INDENT - 2}}  {clipped(one.statement, width - _INDENT)}")
        for impact in one.impacts:
            yield from _lines_of(impact, width)
        for held in one.held:
            said = f"Meanwhile {held.relation} stays locked {held.lock}, since line {held.line}."
            yield from _beneath(said, width, style=_STYLES[_DANGER], mark=_DANGER)


def _lines_of(impact: Impact, width: int) -> Iterator[Text]:
    mark = _DANGER if impact.dangerous else _DOUBT if impact.unknown else ""
    style = _STYLES[mark]
    lock = "no lock" if impact.lock is Lock.NONE else impact.lock.value
    start = f"{lock:<{_LOCK_WIDTH}}{impact.work.value:<{_WORK_WIDTH}}"
    told = textwrap.wrap(relation(impact), width - _INDENT - len(start)) or [""]
    yield Text(f"{mark:<{_INDENT}}{start}{told[0]}".rstrip(), style=style)
    for more in told[1:]:
        yield Text(" " * (_INDENT + len(start)) + more, style=style)
    yield from _beneath(impact.note, width, style=style if impact.unknown else "dim")


def _beneath(said: str, width: int, *, style: str, mark: str = "") -> Iterator[Text]:
    for number, line in enumerate(textwrap.wrap(said, width - _INDENT)):
        yield Text(f"{mark if number == 0 else '':<{_INDENT}}{line}", style=style)


def clipped(statement: str, width: int) -> str:
    """A statement on one line, cut to a width and without the comments that ended its lines."""
    whole = " ".join(_COMMENT.sub("", statement).split())
    return whole if len(whole) <= width else whole[: width - 2].rstrip() + " …"


def relation(impact: Impact) -> str:
    """A relation with what it holds now."""
    target = impact.on
    if not target.name:
        return ""
    name = f"{target.kind} {target.name}" if "partition" in target.kind else target.name
    if target.state == "new":
        return f"{name} (new)"
    if target.state == "absent":
        return f"{name} (not there)"
    if target.kind in ("view", "index", "partitioned index", "sequence", "type"):
        return f"{target.name} ({target.kind})"
    others = len(target.members) - 1
    several = f" and {others} more" if others > 0 and target.kind != PARTS else ""
    return f"{name}{several} ({size_of(target)})"


def sentences(plan: Pending) -> Iterator[Text]:
    """What the lines come to, danger first."""
    if not plan.migrations:
        yield Text("Nothing is pending.")
        return
    yield Text(
        f"{_count(len(plan.migrations), 'migration')} pending, {_count(len(plan.statements), 'statement')}."
    )
    if plan.dangerous:
        yield _marked(
            _DANGER,
            plan.dangerous,
            one="keeps",
            several="keep",
            rest=f"writers waiting while a table of more than {LARGE_ROWS:,} rows is scanned, rewritten or "
            "indexed.",
        )
    if plan.prolonging:
        yield _marked(
            _DANGER,
            plan.prolonging,
            one="prolongs",
            several="prolong",
            rest="locks on large tables that earlier ones took, for those last until the transaction ends: "
            "split the migration.",
        )
    if not plan.dangerous and not plan.prolonging:
        yield Text("None keeps writers waiting while a large table is scanned, rewritten or indexed.")
    if plan.unknown:
        yield _marked(
            _DOUBT, plan.unknown, one="is", several="are", rest="not judged wholly: read before applying."
        )


def _marked(mark: str, number: int, *, one: str, several: str, rest: str) -> Text:
    verb = one if number == 1 else several
    return Text(f"{mark} {_count(number, 'statement')} {verb} {rest}", style=_STYLES[mark])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
