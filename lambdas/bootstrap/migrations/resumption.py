"""Where a script that is sent step by step stands, and whether it can be gone on with from there. Pure."""

import hashlib
from collections.abc import Sequence
from typing import Final

from lambdas.bootstrap.migrations.errors import FailedEarlier
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.kinds import outside_statement
from lambdas.bootstrap.migrations.row_state import Facts, Steps
from lambdas.bootstrap.migrations.script import Step, steps
from lambdas.bootstrap.migrations.session_state import left_in_session
from lambdas.bootstrap.migrations.settle import Outside

_DOUBT: Final = (
    "one of its statements runs outside any transaction, and the catalog does not tell what became of it"
)


def parts_of(script: str) -> tuple[Step, ...]:
    """The steps of a script; one that has no statement is a step all the same."""
    return tuple(steps(script)) or (Step(start=0, end=len(script)),)


def steps_done(script: str, parts: Sequence[Step], *, done: int, begun: Facts | None = None) -> Steps:
    """What a row says when `done` of the parts are committed and the next was `begun` outside them."""
    end = parts[done - 1].end if done else 0
    digest = hashlib.sha256(script[:end].encode()).hexdigest()
    return Steps(done=done, total=len(parts), digest=digest, begun=begun)


def is_unknown(script: str, step: Step) -> bool:
    """Whether nobody can tell from the catalog what became of a step outside transactions."""
    return type(outside_statement(script[step.start : step.end])) is Outside


def check_resumable(migration: Migration, stopped: Steps) -> None:
    """Refuse to go on with what cannot be gone on with, before anything runs.

    Raises:
        FailedEarlier: the part that is committed was changed, lives in its session, or ended in doubt.
    """
    if not stopped.begun_any:
        return
    because = _obstacle(migration.script, stopped)
    if because:
        raise FailedEarlier(
            f"P3009: migration {migration.name} ({migration.file}) stopped in the middle: {stopped.done} of "
            f"{stopped.total} steps are committed. It cannot go on from there: {because} look at the "
            "database, undo or complete it by hand, then `prisma migrate resolve --rolled-back "
            f'"{migration.name}"` or `--applied "{migration.name}"`. Nothing was applied.',
        )


def _obstacle(script: str, stopped: Steps) -> str | None:
    parts = parts_of(script)
    committed = parts[: stopped.done]
    if len(committed) < stopped.done or (
        steps_done(script, parts, done=stopped.done).digest != stopped.digest
    ):
        return "its file was changed in the part that is committed; put that part back, or"
    if any(left_in_session(script[step.start : step.end]) == "lost" for step in committed):
        return "it needs a temporary table, a prepared statement or the like of the session that ended;"
    if stopped.begun is not None and (len(parts) == stopped.done or is_unknown(script, parts[stopped.done])):
        return f"{_DOUBT};"
    return None
