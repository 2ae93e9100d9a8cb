"""The text of a failed migration: file, line, column, the line with a caret, SQLSTATE, what became of it.

Pure. The server's DETAIL is left out on purpose: it quotes rows, and many people read why a deployment
failed.
"""

from collections.abc import Sequence
from typing import Final

from lambdas.bootstrap.migrations.errors import MigrationFailed
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.masking import mask_passwords, mask_values
from lambdas.bootstrap.migrations.sent import Sent
from lambdas.bootstrap.migrations.simple_query import LOCK_NOT_AVAILABLE, Refusal

# The server quotes an unterminated string to the end of the script; CloudFormation takes 4,000 characters.
_MESSAGE_CHARACTERS: Final = 400

NOTHING_KEPT: Final = "Nothing of it was kept. Correct the file and deploy again."


def describe(sent: Sent, refusal: Refusal, *, completed: int, left: str) -> str:
    """The whole message; its first line carries what matters, and `left` says what became of the script."""
    where = sent.place(refusal, completed=completed)
    said = refusal.message.replace(sent.inserted, "").rstrip() if sent.record else refusal.message
    said = mask_values(mask_passwords(said), sqlstate=refusal.sqlstate, script=sent.script)
    message = _clip(said)
    migration = sent.migration
    place = f"{migration.file}:{where.line}:{where.column}"
    lines = [
        f"P3018: migration {migration.name} failed at {place}: {message} ({refusal.sqlstate})",
        where.excerpt,
    ]
    if refusal.hint:
        lines.append(f"Hint: {_clip(refusal.hint)}")
    if refusal.sqlstate == LOCK_NOT_AVAILABLE:
        lines.append(
            "Another session holds a lock on the same object; the statement gave way after the lock timeout, "
            "so that the application is not queued behind it. Look for it in pg_stat_activity (an old "
            "xact_start), or deploy when it is quiet."
        )
    return "\n".join([*lines, left])


def uncertain(name: str, doubt: str, *, committed_to: int | None = None) -> str:
    """What to do about a script of which something may have been kept, for certain to line `committed_to`."""
    kept = "" if committed_to is None else f"What the file says up to line {committed_to} is committed. "
    return (
        f"{kept}What it left behind is not certain: {doubt}. Look at the database, undo or complete the "
        f'script by hand, then `prisma migrate resolve --rolled-back "{name}"` to run it again '
        f'or `--applied "{name}"` to go on.'
    )


def left_invalid(migration: Migration, remedy: str) -> MigrationFailed:
    """The error for a build that the server called done and whose index does not count; `remedy` drops it."""
    return MigrationFailed(
        f"P3018: migration {migration.name} ({migration.file}) left an invalid index: to remove it, {remedy}."
        " Deploy again: it is dropped and built anew.",
    )


def stopped(committed_to: int | None, *, invalid: Sequence[str]) -> str:
    """What is kept of a script that is sent step by step, and what to do.

    Everything to the line `committed_to` of the file is committed, None for nothing; `invalid` are the
    indexes that the failed statement left.
    """
    kept, at_fault = "", "the file"
    if committed_to is not None:
        kept = f"What the file says up to line {committed_to} is committed and stays; nothing behind it is. "
        at_fault = f"the file behind line {committed_to}"
    left = (
        f"It left the invalid index {', '.join(invalid)}, which is dropped before the next try. "
        if invalid
        else ""
    )
    return f"{kept}{left}Correct {at_fault}, or the data, and deploy again: it goes on from there."


def _clip(text: str) -> str:
    return text if len(text) <= _MESSAGE_CHARACTERS else f"{text[:_MESSAGE_CHARACTERS]}…"
