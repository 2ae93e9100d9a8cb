"""What a restore has come to, in words: what exactly was compared, or what is there after Ctrl-C. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from containers.backup.restore.progress import CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

COMPARING: Final = "Comparing"
"""The step as soon as all is restored."""


def same(*, tables: Collection[str] | None, into_non_empty: bool) -> str:
    """Say what was compared and found the same."""
    if tables is not None:
        return (
            "the same as in the backup: rows, columns, defaults, constraints, indexes, triggers, policies, "
            "sequences, owners and grants of these tables"
        )
    if into_non_empty:
        return "the same as in the backup; what the database holds besides was not compared"
    return "the same as in the backup"


def stopped(
    step: str, *, backup: str, title: str, tables: Collection[str] | None, into_non_empty: bool
) -> str:
    """Say what is in the database that `title` names when a restore was stopped in `step`, and what to do."""
    what = backup if tables is None else f"{', '.join(sorted(tables))} of {backup}"
    if step == CHECKING:
        return f"stopped: nothing of {what} was restored into {title}."
    if step == COMPARING:
        return (
            f"stopped: {what} is restored into {title}, and was not compared to the end. To have it proved, "
            "restore it once more, into another database."
        )
    if tables is not None:
        return (
            f"stopped: {title} may hold a part of {what}. Try again: the refusal names the statements that "
            "clear that part away, and nothing else."
        )
    if into_non_empty:
        return (
            f"stopped: {title} holds a part of {what} beside what was there before. Remove what was "
            "restored, and the schema datatier_restore, before another try."
        )
    return (
        f"stopped: {title} holds a part of {what}. Drop that database, or what was restored into it, before "
        "another try."
    )
