"""Brings a database to the end of a history: lock, look, settle what was interrupted, apply what is pending.

It may be killed anywhere and run again.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.apply import apply_migration
from lambdas.bootstrap.migrations.builds import Building, wait_for_build
from lambdas.bootstrap.migrations.dumps import wait_for_dumps
from lambdas.bootstrap.migrations.errors import MigrationInterrupted, RecordChanged
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.lock import hold_migration_lock, holds_migration_lock
from lambdas.bootstrap.migrations.plan import Plan, Row, plan_history, refuse, refuse_tables
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.resumption import check_resumable
from lambdas.bootstrap.migrations.row_state import left_nothing, steps_of
from lambdas.bootstrap.migrations.script import Form, analyse
from lambdas.bootstrap.migrations.session import OpenSession, Session
from lambdas.common.connections import server_says
from lambdas.common.logs import Log


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many migrations this run applied, and the name of the last one of the history (empty for none).

    `building` is what goes on in the server and was not waited for; the same call watches it on.
    """

    applied: int
    latest: str
    building: Building | None = None


def apply_history(
    open_session: OpenSession,
    *,
    history: Sequence[Migration],
    log: Log,
    policy: Policy | None = None,
    owner: str | None = None,
    lock_wait_seconds: float = 120,
    patience_seconds: float | None = None,
) -> Result:
    """Apply what is pending, as `owner` or, where that is None, as whoever the session is.

    `open_session` gives a new autocommit connection of the migrations' login; closing it gives the lock back.
    When `patience_seconds` are over, None for never, no build of an index is waited for any longer.

    Raises:
        MigrationError: one of its branches. Migrations before the failed one stay applied.
    """
    started = time.monotonic()
    connection = open_session()
    try:
        hold_migration_lock(connection, seconds=lock_wait_seconds)
        session = Session(
            connection=connection,
            ledger=Ledger(connection, owner),
            policy=policy or Policy(),
            log=log,
            open_session=open_session,
            lock_wait_seconds=lock_wait_seconds,
            deadline=None if patience_seconds is None else started + patience_seconds,
        )
        _ensure_table(session.ledger)
        return _apply_all(session, history)
    except psycopg.OperationalError as error:
        if not connection.closed:
            raise
        raise MigrationInterrupted(
            f"the connection ended: {server_says(error)}. Run it again: it goes on from where it is.",
        ) from error
    finally:
        # A build that is not waited for goes on in the server.
        connection.close()


def find_nothing_to_do(
    connection: Connection[TupleRow], *, history: Sequence[Migration], log: Log, policy: Policy, owner: str
) -> Result | None:
    """What `apply_history` would return if it had nothing to do; None where it has to look under the lock.

    Without the lock, for what is finished stays so. `connection` may act as `owner` and is itself again then.

    Raises:
        StateError: history and database contradict each other.
    """
    try:
        ledger = Ledger(connection, owner)
    except psycopg.errors.InsufficientPrivilege:
        return None
    try:
        plan = plan_history(history, ledger.rows()) if ledger.exists() else None
    finally:
        connection.execute("SET ROLE NONE")
    if plan is None or plan.pending or plan.unfinished or plan.failed:
        return None
    refuse(plan, policy)
    _tell(plan, log)
    return Result(applied=0, latest=_latest(history))


def _apply_all(session: Session, history: Sequence[Migration]) -> Result:
    """Apply what is pending; look again whenever the lock was given away, for others may have been here."""
    applied = 0
    looked = False
    while True:
        if looked:
            # Scripts have run in it.
            session.ledger.clean_session(lock_timeout_seconds=session.policy.lock_timeout_seconds)
        session.gave_lock_away = False
        plan = plan_history(history, session.ledger.rows())
        refuse(plan, session.policy)
        forms = _analyse(plan, session.policy)
        if not looked:
            _tell(plan, session.log)
        if forms and not looked:
            wait_for_dumps(session.connection, seconds=session.policy.dump_wait_seconds, log=session.log)
        looked = True
        building = _wait_for_others(session, plan)
        if building is None and not session.gave_lock_away:
            count, building = _apply_pending(session, forms, _clear_rows(session, plan))
            applied += count
        if building is not None:
            session.log.info("Not waiting any longer; it goes on in the database", building=building.sentence)
        if building is not None or not session.gave_lock_away:
            return Result(applied=applied, latest=_latest(history), building=building)


def _apply_pending(
    session: Session, forms: Sequence[tuple[Migration, Form]], left: Mapping[str, Row]
) -> tuple[int, Building | None]:
    """Apply until the lock was given away once; `left` are the rows of scripts that were interrupted."""
    for count, (migration, form) in enumerate(forms):
        started = time.monotonic()
        try:
            building = apply_migration(session, migration, form, left.get(migration.name))
        except RecordChanged:
            if not holds_migration_lock(session.connection):
                # A script before this one, or this one, gave it away; others may have been here since.
                hold_migration_lock(session.connection, seconds=session.lock_wait_seconds)
            elif not session.ledger.is_finished(migration.name):
                raise
            # Else another run was quicker to see a build's end.
            session.gave_lock_away = True
            return count, None
        if building is not None:
            return count, building
        seconds = round(time.monotonic() - started, 3)
        session.log.info("Migration applied", migration=migration.name, seconds=seconds)
        if session.gave_lock_away:
            return count + 1, None
    return len(forms), None


def _latest(history: Sequence[Migration]) -> str:
    return history[-1].name if history else ""


def _ensure_table(ledger: Ledger) -> None:
    if ledger.exists():
        return
    refuse_tables(ledger.ordinary_tables())
    ledger.create()


def _analyse(plan: Plan, policy: Policy) -> list[tuple[Migration, Form]]:
    """Judge every script before any runs."""
    forms = [(migration, analyse(migration, policy)) for migration in plan.pending]
    rows = {row.name: row for row in plan.unfinished}
    for migration, _ in forms:
        row = rows.get(migration.name)
        stopped = None if row is None else steps_of(row.logs)
        if stopped is not None:
            check_resumable(migration, stopped)
    return forms


def _wait_for_others(session: Session, plan: Plan) -> Building | None:
    """Wait for a build that an earlier run left to the server, or that another run watches.

    Even where its row was resolved meanwhile: two builds may end each other.
    """
    if not plan.pending:
        return None
    stopped = ((row.name, steps_of(row.logs)) for row in plan.unfinished)
    building = (name for name, steps in stopped if steps is not None and steps.begun is not None)
    return wait_for_build(session, next(building, plan.pending[0].name))


def _clear_rows(session: Session, plan: Plan) -> dict[str, Row]:
    """The rows that a pending migration takes up again, by name; others of killed runs are resolved."""
    pending = {migration.name for migration in plan.pending}
    kept: dict[str, Row] = {}
    for row in plan.unfinished:
        if row.name in pending:
            if row.name in kept:
                session.ledger.roll_back(kept[row.name])
            kept[row.name] = row
        elif left_nothing(row.logs):
            session.ledger.roll_back(row)
        if left_nothing(row.logs):
            session.log.warning(
                "A killed run had left this migration unfinished; nothing of it was kept", migration=row.name
            )
    return kept


def _tell(plan: Plan, log: Log) -> None:
    for row in plan.failed_elsewhere:
        log.warning("A migration that this package does not have is unfinished", migration=row.name)
    if plan.ahead:
        log.warning(
            "The database is ahead of this package, which undoes nothing", migrations=list(plan.ahead)
        )
    if plan.missing:
        log.warning("Applied migrations have no folder any more", migrations=list(plan.missing))
    if plan.edited:
        names = [migration.name for migration in plan.edited]
        log.warning("Applied migrations were changed afterwards", migrations=names)
