"""Applies one migration so that its script and its record cannot come apart.

The finishing UPDATE rides in the script's own simple query: behind it, or before the last COMMIT of a
BEGIN … COMMIT script; never before it, for scripts may open with SET TRANSACTION. Only a sole statement that
the server refuses inside a transaction is sent again by itself, and recorded afterwards.
"""

from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.errors import MigrationFailed, MigrationInterrupted
from lambdas.bootstrap.migrations.failure import describe, place
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.script import Form, outside_transactions
from lambdas.bootstrap.migrations.simple_query import NOT_IN_A_TRANSACTION, Outcome, Refusal, send


def apply_migration(connection: Connection[TupleRow], *, migration: Migration, form: Form) -> None:
    """Run one script and record it.

    Raises:
        MigrationFailed: the server refused it, or it left a transaction open.
        MigrationInterrupted: the connection ended; the next run finds out what became of it.
    """
    ledger = Ledger(connection)
    row_id = ledger.start(migration, one_transaction=form.doubt is None)
    finishing = ledger.finishing_statement(row_id)
    record = _record(finishing, form)
    outcome = send(connection, _with_record(migration.script, record, form))
    if _wants_to_be_alone(outcome, form):
        form, record = outside_transactions(form), ""
        ledger.expect_doubt(row_id)
        # A build that gives up waiting leaves an invalid index behind.
        connection.execute("SET lock_timeout = 0")
        outcome = send(connection, migration.script)
    if outcome.lost:
        said = f" The server said: {outcome.refusal.message}" if outcome.refusal else ""
        raise MigrationInterrupted(
            f"the connection ended while migration {migration.name} ({migration.file}) ran.{said} "
            "Deploy again: "
            + (
                "the script is found either applied or not begun."
                if form.doubt is None
                else f"what it left behind must be looked at, because {form.doubt}."
            ),
        )
    refusal = outcome.refusal or _left_open(connection)
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
    if refusal is not None:
        where = place(
            migration=migration, form=form, refusal=refusal, completed=len(outcome.tags), record=record
        )
        message = describe(migration=migration, form=form, refusal=refusal, where=where, record=record)
        ledger.fail(row_id, logs=message, left_nothing=form.doubt is None)
        raise MigrationFailed(message)
    if not _recorded(outcome, form):
        raise MigrationFailed(
            f"P3018: migration {migration.name} ({migration.file}) was applied and removed its own row from "
            "_prisma_migrations. Record it with `prisma migrate resolve --applied "
            f'"{migration.name}"`, and leave that table alone in scripts.',
        )
    if form.alone:
        ledger.finish(row_id)


def _record(finishing: str, form: Form) -> str:
    # The newline ends a comment that the script may end with.
    return f"\n;{finishing}" if form.record_at is None else f"{finishing};\n"


def _with_record(script: str, record: str, form: Form) -> str:
    at = len(script) if form.record_at is None else form.record_at
    return script[:at] + record + script[at:]


def _wants_to_be_alone(outcome: Outcome, form: Form) -> bool:
    """Whether the sole statement was refused because of the record's company: then it left nothing behind."""
    return (
        outcome.refusal is not None
        and outcome.refusal.sqlstate == NOT_IN_A_TRANSACTION
        and not outcome.refusal.nested
        and len(form.statements) == 1
        and form.doubt is None
        and not outcome.lost
    )


def _left_open(connection: Connection[TupleRow]) -> Refusal | None:
    if connection.pgconn.transaction_status == TransactionStatus.IDLE:
        return None
    return Refusal(
        message="the script leaves a transaction open: a BEGIN without its COMMIT",
        sqlstate="25000",
        hint="Add COMMIT at its end, or take BEGIN away: a script is one transaction by itself.",
        position=None,
    )


def _recorded(outcome: Outcome, form: Form) -> bool:
    """Whether the UPDATE that rode with the script found its row; only a script that deletes it hides it."""
    place_of_record = -1 if form.record_at is None else -2
    return form.alone or outcome.tags[place_of_record] == "UPDATE 1"
