"""Says what became of a failed migration, or that one was applied by hand, as `prisma migrate resolve` does.

It changes records alone, under Prisma's lock; no script is run and nothing is undone.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.builds import build_under_way
from lambdas.bootstrap.migrations.errors import (
    AlreadyApplied,
    NeverApplied,
    NotFailed,
    NotInHistory,
    StillBuilding,
)
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.lock import hold_migration_lock, release_migration_lock
from lambdas.bootstrap.migrations.plan import Row
from lambdas.bootstrap.migrations.row_state import steps_of
from lambdas.bootstrap.sql_files import statement

_LOCK_SECONDS: Final = 120


def mark_applied(
    connection: Connection[TupleRow],
    *,
    history: Sequence[Migration],
    name: str,
    owner: str | None,
    lock_wait_seconds: float = _LOCK_SECONDS,
) -> None:
    """Record a migration of the history as applied, whether it failed or was never run.

    Its failed rows are marked rolled back. Where nothing was recorded yet, the table is made: that is how a
    database that is older than its history is baselined. `owner` is the role that the table belongs to; None
    is whoever the session is. The connection must be in autocommit.

    Raises:
        NotInHistory: P3017, the folder has no such migration.
        AlreadyApplied: P3008.
        StillBuilding: its index is being built now.
        LockNotObtained: P1002, a run of migrations did not end within `lock_wait_seconds`.
    """
    migration = next((one for one in history if one.name == name), None)
    if migration is None:
        raise NotInHistory(
            f"P3017: there is no migration {name} in the folder. Give the whole name of its folder, for "
            f'example "{history[-1].name if history else "20201207184859_initial_migration"}".'
        )
    with _records(connection, owner=owner, seconds=lock_wait_seconds) as ledger:
        if not ledger.exists():
            ledger.create()
        found = [row for row in ledger.rows() if row.name == name]
        if any(row.finished for row in found):
            raise AlreadyApplied(
                f"P3008: migration {name} is recorded as applied already; nothing was changed."
            )
        _refuse_while_built(connection, found)
        _roll_back(connection, found)
        connection.execute(statement("mark_applied"), {"checksum": migration.checksum, "name": name})


def mark_rolled_back(
    connection: Connection[TupleRow],
    *,
    name: str,
    owner: str | None,
    lock_wait_seconds: float = _LOCK_SECONDS,
) -> None:
    """Record that a failed migration was undone by hand, so that the next run applies it again.

    The folder need not have it any more, and saying it twice changes nothing. Prisma also accepts it for a
    migration whose retry succeeded, and changes nothing; here that is NotFailed. `owner` and the connection
    are as for `mark_applied`.

    Raises:
        NeverApplied: P3011, there is no record of it.
        NotFailed: P3012, it is applied.
        StillBuilding: its index is being built now.
        LockNotObtained: P1002, a run of migrations did not end within `lock_wait_seconds`.
    """
    with _records(connection, owner=owner, seconds=lock_wait_seconds) as ledger:
        found = [row for row in ledger.rows() if row.name == name] if ledger.exists() else []
        if not found:
            raise NeverApplied(
                f"P3011: migration {name} was never applied to this database, so there is nothing to mark as "
                "rolled back. Give the whole name of its folder."
            )
        failed = any(not row.finished and not row.rolled_back for row in found)
        if not failed and any(row.finished for row in found):
            raise NotFailed(f"P3012: migration {name} is applied and did not fail; nothing was changed.")
        _refuse_while_built(connection, found)
        _roll_back(connection, found)


@contextmanager
def _records(connection: Connection[TupleRow], *, owner: str | None, seconds: float) -> Generator[Ledger]:
    """Hold the lock around one transaction on the records."""
    hold_migration_lock(connection, seconds=seconds)
    try:
        with connection.transaction():
            if owner is not None:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
            yield Ledger(connection)
    finally:
        if not connection.closed:
            release_migration_lock(connection)


def _refuse_while_built(connection: Connection[TupleRow], rows: Sequence[Row]) -> None:
    for row in rows:
        steps = None if row.finished or row.rolled_back else steps_of(row.logs)
        if steps is not None and steps.begun is not None and build_under_way(connection, row.name):
            raise StillBuilding(
                f"migration {row.name} did not fail: the server is at work on it, so nothing was changed. "
                "Wait until `datatier migrate status` no longer says building; the next apply records it.",
            )


def _roll_back(connection: Connection[TupleRow], rows: Sequence[Row]) -> None:
    failed = [row.id for row in rows if not row.finished and not row.rolled_back]
    connection.execute(
        "UPDATE public._prisma_migrations SET rolled_back_at = pg_catalog.now() WHERE id = ANY(%s)", [failed]
    )
