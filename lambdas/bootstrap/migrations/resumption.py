"""Where a script that is sent step by step stands, and whether it can be gone on with from there. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from lambdas.bootstrap.migrations.errors import FailedEarlier
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.kinds import outside_statement
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.row_state import Begun, Steps
from lambdas.bootstrap.migrations.script import Step, steps
from lambdas.bootstrap.migrations.session_state import left_in_session
from lambdas.bootstrap.migrations.settle import Outside

FILE_CHANGED: Final = "its file was changed in the part that is committed; put that part back, or"
DOUBT: Final = (
    "one of its statements runs outside any transaction or commits by itself, and the catalog does not tell "
    "what became of it;"
)


def parts_of(script: str) -> tuple[Step, ...]:
    """The steps of a script; one that has no statement is a step all the same."""
    return tuple(steps(script)) or (Step(start=0, end=len(script)),)


def digests_of(script: str, parts: Sequence[Step]) -> tuple[str, ...]:
    """The SHA-256 of the script's text before its first part, and up to the end of each."""
    text = hashlib.sha256()
    digests = [text.hexdigest()]
    at = 0
    for step in parts:
        text.update(script[at : step.end].encode())
        at = step.end
        digests.append(text.hexdigest())
    return tuple(digests)


def steps_done(digests: Sequence[str], *, done: int, begun: Begun | None = None) -> Steps:
    """What a row says when `done` parts are committed and the next was `begun` outside them."""
    return Steps(done=done, total=len(digests) - 1, digest=digests[done], begun=begun)


def statements_kept(script: str, parts: Sequence[Step]) -> Iterator[str]:
    """The statements of steps that are committed; of a block that ends in ROLLBACK none was kept."""
    for step in parts:
        text = script[step.start : step.end]
        if not step.block:
            yield text
        elif step.record_at is not None or step.open:
            yield from (text[statement.start : statement.end] for statement in split(text))


def is_unknown(statement: str) -> bool:
    """Whether nobody can tell from the catalog what became of a statement outside transactions."""
    return type(outside_statement(statement)) is Outside


def cannot_go_on(migration: Migration, stopped: Steps, *, because: str) -> FailedEarlier:
    """The error that leaves it to a person."""
    return FailedEarlier(
        f"P3009: migration {migration.name} ({migration.file}) stopped in the middle: {stopped.done} of "
        f"{stopped.total} steps are committed. It cannot go on from there: {because} look at the "
        "database, undo or complete it by hand, then `prisma migrate resolve --rolled-back "
        f'"{migration.name}"` or `--applied "{migration.name}"`. Nothing was applied.',
    )


def check_resumable(migration: Migration, stopped: Steps) -> None:
    """Refuse to go on with what cannot be gone on with, before anything runs.

    Raises:
        FailedEarlier: the part that is committed was changed, lives in its session, or ended in doubt.
    """
    if stopped.begun_any and (because := _obstacle(migration.script, stopped)):
        raise cannot_go_on(migration, stopped, because=because)


def _is_lost(script: str, step: Step) -> bool:
    """Whether a committed step left in its session what cannot be made again."""
    texts = list(statements_kept(script, [step]))
    left = {left_in_session(text) for text in texts}
    # A savepoint may have taken a setting back: which one is not followed.
    undone = any({"rollback", "to"} <= statement.words for text in texts for statement in split(text))
    return "lost" in left or (undone and "setting" in left)


def _obstacle(script: str, stopped: Steps) -> str | None:
    parts = parts_of(script)
    committed = parts[: stopped.done]
    if len(committed) < stopped.done or digests_of(script, committed)[-1] != stopped.digest:
        return FILE_CHANGED
    if any(_is_lost(script, step) for step in committed):
        return "it needs a temporary table, a prepared statement or the like of the session that ended;"
    return DOUBT if stopped.begun is not None and is_unknown(stopped.begun.statement) else None
