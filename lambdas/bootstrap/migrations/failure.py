"""The text of a failed migration: file, line, column, the line with a caret, SQLSTATE, what became of it.

Pure. The server's DETAIL is left out on purpose: it quotes rows, and many people read why a deployment
failed.
"""

from typing import Final

from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.location import Location, locate
from lambdas.bootstrap.migrations.script import Form
from lambdas.bootstrap.migrations.simple_query import NOT_IN_A_TRANSACTION, Refusal

# The server quotes an unterminated string to the end of the script; CloudFormation takes 4,000 characters.
_MESSAGE_CHARACTERS: Final = 400


def place(*, migration: Migration, form: Form, refusal: Refusal, completed: int, record: str) -> Location:
    """Where in the file: the server's position if it gave one, else the start of the statement it stopped at.

    `record` is the text that was put into the script at `form.record_at`, or behind it.
    """
    if refusal.position is not None:
        offset = refusal.position - 1
        if form.record_at is not None and offset >= form.record_at:
            offset = max(form.record_at, offset - len(record))
        return locate(migration.script, offset)
    if completed < len(form.statements):
        return locate(migration.script, form.statements[completed].start)
    return locate(migration.script, form.statements[-1].start if form.statements else 0)


def describe(*, migration: Migration, form: Form, refusal: Refusal, where: Location, record: str) -> str:
    """The whole message; its first line carries what matters."""
    message = _clip(refusal.message.replace(record, "").rstrip())
    at = f"{migration.file}:{where.line}:{where.column}"
    lines = [
        f"P3018: migration {migration.name} failed at {at}: {message} ({refusal.sqlstate})",
        where.excerpt,
    ]
    if refusal.hint:
        lines.append(f"Hint: {_clip(refusal.hint)}")
    if refusal.sqlstate == NOT_IN_A_TRANSACTION and len(form.statements) > 1:
        lines.append(
            "Such a statement runs only as the sole statement of its migration: give it one of its own."
        )
    if form.doubt is None:
        lines.append("Nothing of it was kept. Correct the file and deploy again.")
    else:
        lines.append(
            f"What it left behind is not certain: {form.doubt}. Look at the database, undo or complete the "
            f'script by hand, then `prisma migrate resolve --rolled-back "{migration.name}"` to run it again '
            f'or `--applied "{migration.name}"` to go on.',
        )
    return "\n".join(lines)


def _clip(text: str) -> str:
    return text if len(text) <= _MESSAGE_CHARACTERS else f"{text[:_MESSAGE_CHARACTERS]}…"
