"""The text of a failed migration: file, line, column, the line with a caret, SQLSTATE, what became of it.

Pure. The server's DETAIL is left out on purpose: it quotes rows, and many people read why a deployment
failed.
"""

from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.location import Location, locate
from lambdas.bootstrap.migrations.script import Form
from lambdas.bootstrap.migrations.simple_query import Refusal

_NO_TRANSACTION = "25001"


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
    message = refusal.message.replace(record, "").rstrip()
    at = f"{migration.file}:{where.line}:{where.column}"
    lines = [
        f"P3018: migration {migration.name} failed at {at}: {message} ({refusal.sqlstate})",
        where.excerpt,
    ]
    if refusal.hint:
        lines.append(f"Hint: {refusal.hint}")
    if refusal.sqlstate == _NO_TRANSACTION:
        lines.append(
            "Such a statement runs only as the sole statement of its migration: give it one of its own."
        )
    if form.doubt is None:
        lines.append("Nothing of it was kept. Correct the file and deploy again.")
    else:
        lines.append(
            f"What it left behind is not certain: {form.doubt}. Look at the database, undo or "
            f"complete the script by "
            f"hand, then `prisma migrate resolve --rolled-back {migration.name}` or `--applied "
            f"{migration.name}`.",
        )
    return "\n".join(lines)
