"""Applies one migration so that its script and its record cannot come apart.

A script that is one transaction is sent whole, and the finishing UPDATE rides in its own simple query: behind
it, or before the last COMMIT of a BEGIN … COMMIT script; never before it, for scripts may open with SET
TRANSACTION. What the server refuses to run so is sent step by step.
"""

from itertools import islice
from typing import Final

from lambdas.bootstrap.migrations.builds import Building
from lambdas.bootstrap.migrations.failure import NOTHING_KEPT, uncertain
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.kinds import procedure_of
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.plan import Row
from lambdas.bootstrap.migrations.resumption import digests_of, parts_of, steps_done
from lambdas.bootstrap.migrations.row_state import ONE_TRANSACTION, steps_of
from lambdas.bootstrap.migrations.script import Form
from lambdas.bootstrap.migrations.sent import Sent
from lambdas.bootstrap.migrations.session import Session
from lambdas.bootstrap.migrations.simple_query import (
    COMMITS_INSIDE,
    NEW_ENUM_VALUE,
    NOT_IN_A_TRANSACTION,
    Outcome,
)
from lambdas.bootstrap.migrations.stepwise import apply_stepwise

_ONLY_STEPWISE: Final = frozenset({NOT_IN_A_TRANSACTION, COMMITS_INSIDE, NEW_ENUM_VALUE})


def apply_migration(session: Session, migration: Migration, form: Form, row: Row | None) -> Building | None:
    """Run one script and record it; `row` is what an interrupted run left of it.

    Returns what is being built, where that was not waited for to its end.

    Raises:
        MigrationFailed: the server refused it.
        MigrationInterrupted: the connection ended; the next run finds out what became of it.
        RecordChanged: somebody else changed its row meanwhile.
    """
    steps = None if row is None else steps_of(row.logs)
    if row is not None and steps is not None and steps.begun_any:
        return apply_stepwise(session, migration, form, row_id=row.id, resumed=steps)
    row_id = session.ledger.start(
        migration,
        logs=_first_sentence(migration, form),
        lock_timeout_seconds=session.policy.lock_timeout_seconds,
        row_id=None if row is None else row.id,
    )
    if form.stepwise or _apply_whole(session, migration, form, row_id=row_id):
        return apply_stepwise(session, migration, form, row_id=row_id, resumed=None)
    return None


def _first_sentence(migration: Migration, form: Form) -> str | None:
    """What a row says before anything of its script is sent; None where a kill would leave a doubt."""
    if form.doubt is not None:
        return None
    if not form.stepwise:
        return ONE_TRANSACTION
    script = migration.script
    return steps_done(digests_of(script, parts_of(script)), done=0).sentence()


def _apply_whole(session: Session, migration: Migration, form: Form, *, row_id: str) -> bool:
    """Send the script as one query; return whether it must be sent step by step instead."""
    script = migration.script
    sent = Sent(
        migration=migration,
        script=script,
        end=len(script),
        record=session.ledger.finishing_statement(row_id),
        record_at=form.record_at,
        commits=form.unclosed,
    )
    outcome = session.send(sent, atomic=form.doubt is None)
    refusal = outcome.refusal or session.left_open()
    if refusal is None:
        return False
    if _only_stepwise(outcome, form, script):
        session.end_transaction()
        return True
    left = NOTHING_KEPT if form.doubt is None else uncertain(migration.name, form.doubt)
    raise session.fail(
        row_id, sent, refusal, completed=len(outcome.tags), left=left, logs=None, nothing=form.doubt is None
    )


def _only_stepwise(outcome: Outcome, form: Form, script: str) -> bool:
    """Whether the script was refused for being one transaction, and left nothing behind.

    A block of its own is what its author wants to be one transaction; and what fails wherever it is sent is
    no reason to keep what stands before it.
    """
    refusal = outcome.refusal
    if refusal is None or refusal.sqlstate not in _ONLY_STEPWISE or form.doubt is not None:
        return False
    if refusal.sqlstate == NOT_IN_A_TRANSACTION and refusal.nested:
        return False
    statement = next(islice(split(script), len(outcome.tags), None), None)
    if statement is None or statement.opening[:2] == ("set", "transaction"):
        return False
    text = script[statement.start : statement.end]
    if refusal.sqlstate == COMMITS_INSIDE and procedure_of(text) is None:
        return False
    return form.record_at is None and not form.unclosed
