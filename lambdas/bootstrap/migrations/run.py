"""Brings a database to the end of a history: lock, look, settle what was interrupted, apply what is pending.

It may be killed anywhere and run again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.apply import apply_migration
from lambdas.bootstrap.migrations.errors import SchemaNotEmpty
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.lock import hold_migration_lock
from lambdas.bootstrap.migrations.plan import plan_history
from lambdas.bootstrap.migrations.script import analyse
from lambdas.bootstrap.roles.design import OWNER
from lambdas.common.logs import Log


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many migrations this run applied, and the name of the last one of the history (empty for none)."""

    applied: int
    latest: str


def apply_history(
    connection: Connection[TupleRow],
    *,
    history: Sequence[Migration],
    log: Log,
    lock_wait_seconds: float = 120,
) -> Result:
    """Apply what is pending. The connection must be the migrator's own: closing it gives the lock back.

    Raises:
        MigrationError: one of its branches. Migrations before the failed one stay applied.
    """
    hold_migration_lock(connection, seconds=lock_wait_seconds)
    ledger = Ledger(connection)
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER)))
    if not ledger.exists():
        tables = ledger.ordinary_tables()
        if tables:
            shown = ", ".join(tables[:5]) + (", …" if tables[5:] else "")
            raise SchemaNotEmpty(
                f"P3005: the database has tables ({shown}) and no record of migrations. If they are what "
                "the first migrations make, say so for each of them with `prisma migrate resolve --applied`.",
            )
        ledger.create()
    plan = plan_history(history, ledger.rows())
    forms = [(migration, analyse(migration)) for migration in plan.pending]
    for row in plan.interrupted:
        ledger.resolve_interrupted(row)
        log.warning(
            "A killed run had left this migration unfinished; nothing of it was kept", migration=row.name
        )
    for name in plan.failed_unknown:
        log.warning("A migration that this package does not have failed earlier", migration=name)
    if plan.ahead:
        log.warning(
            "The database is ahead of this package, which undoes nothing", migrations=list(plan.ahead)
        )
    for migration, form in forms:
        started = time.monotonic()
        apply_migration(connection, migration=migration, form=form)
        log.info("Migration applied", migration=migration.name, seconds=round(time.monotonic() - started, 3))
    return Result(applied=len(forms), latest=history[-1].name if history else "")
