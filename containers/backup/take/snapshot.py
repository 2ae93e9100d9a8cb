"""One snapshot of one server, in which a whole backup is read, and the locks that keep its tables there.

A snapshot does not protect from DDL: a table that is dropped, truncated or altered between the snapshot and
the lock would be read wrongly. So after the locks the catalogue is looked at again, from outside.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

import psycopg
from psycopg import Connection, errors, sql
from psycopg.rows import TupleRow

from containers.backup import catalog, checksum, manifest
from containers.backup.errors import Conflict, ProgramFailed, SchemaMoving, SourceError
from containers.backup.take.readable import require_logged, require_readable
from containers.backup.take.told import told
from lambdas.common.connections import server_says

TRIES: Final = 5
PAUSE_SECONDS: Final = 1.0
"""Between tries: the statements of a migration follow each other within milliseconds; so would all tries."""

BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_ALTERED: Final = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
)
_POLICY: Final = "policy,"
"""How relations.sql begins its lines."""

Connect = Callable[[], Connection[TupleRow]]
"""Opens a session of the login `backup` on the server that is read."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot that others can take, for as long as the holder's transaction lasts.

    `sequences` were read after it: a sequence knows no snapshot, and must not be behind the rows.
    """

    name: str
    moment: datetime
    in_recovery: bool
    holder: Connection[TupleRow]
    tables: tuple[catalog.Found, ...]
    sequences: tuple[manifest.Sequence, ...]
    definitions: frozenset[str]

    @contextmanager
    def unmoved(self, connect: Connect) -> Generator[None]:
        """Read definitions in the block. Raises Conflict if what the snapshot sees is not what is there now.

        Views, functions and the like have no lock, and pg_dump asks for their definitions as they are now.
        What the block raises is that, if one of them is gone.
        """
        try:
            yield
        except (ProgramFailed, SourceError):
            self._require_unmoved(connect)
            raise
        self._require_unmoved(connect)

    def _require_unmoved(self, connect: Connect) -> None:
        with told(), connect() as outside:
            if self.definitions - _definitions(outside):
                raise Conflict("a view, a function or the like was changed while the schema was read.")


@contextmanager
def snapshot(connect: Connect, *, between: Callable[[], None] = lambda: None) -> Generator[Snapshot]:
    """Hold a snapshot during the block. `between` is called between a snapshot and its locks, for tests.

    Raises:
        SchemaMoving: the catalogue changed in between, or a table was locked, each of several times.
        Unreadable: there is something that the login may not read.
        Conflict, SourceLost: the server ended the session.
    """
    for left in reversed(range(TRIES)):
        with told(), connect() as holder:
            checksum.pin(holder)
            try:
                taken = _take(holder, connect, between)
            except SchemaMoving:
                if not left:
                    raise
            else:
                yield taken
                return
        time.sleep(PAUSE_SECONDS)


def _take(holder: Connection[TupleRow], connect: Connect, between: Callable[[], None]) -> Snapshot:
    holder.execute(BEGIN)
    ((name, moment, in_recovery),) = holder.execute(
        "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.now(), pg_catalog.pg_is_in_recovery()"
    ).fetchall()
    names = holder.execute(catalog.statement("lockable")).fetchall()
    try:
        require_readable(holder)
        between()
        _lock(holder, names)
        # Sizes wait for locks, and are not there when a table is gone: not before.
        tables = tuple(catalog.tables(holder))
        if in_recovery:
            require_logged(tables)
        sequences = catalog.sequences(holder)
        inside = _definitions(holder)
    except _ALTERED as error:
        _refuse_moving(server_says(error), error)
    with connect() as outside:
        if _moved(inside, _definitions(outside)):
            _refuse_moving("it is not any more what the snapshot sees", None)
    return Snapshot(
        name=name,
        moment=moment,
        in_recovery=in_recovery,
        holder=holder,
        tables=tables,
        sequences=sequences,
        definitions=inside,
    )


def _lock(holder: Connection[TupleRow], names: Sequence[TupleRow]) -> None:
    """Lock tables against all that changes more than their rows.

    It never waits while it holds one: nobody waits for a backup that waits, and no deadlock can be.
    """
    if not names:
        return
    every = sql.SQL(", ").join(map(_only, names))
    try:
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE NOWAIT").format(every))
    except errors.LockNotAvailable:
        holder.execute("ROLLBACK")
        _wait_for(holder, names)
        raise


def _wait_for(holder: Connection[TupleRow], names: Sequence[TupleRow]) -> None:
    """Wait until whoever alters one of the tables has done, for no longer than the session's lock_timeout."""
    for name in names:
        try:
            with holder.transaction():
                holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(_only(name)))
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            continue


def _only(name: TupleRow) -> sql.Composed:
    return sql.SQL("ONLY {}").format(sql.Identifier(*name))


def _definitions(connection: Connection[TupleRow]) -> frozenset[str]:
    return frozenset(str(line) for (line,) in connection.execute(catalog.statement("relations")).fetchall())


def _moved(inside: frozenset[str], outside: frozenset[str]) -> bool:
    """Whether something that the snapshot sees has changed, or may be read otherwise.

    What is only new is none of its business: the snapshot does not see it, and it comes as well while the
    backup runs, when nobody looks. But for a policy: it may hide rows of a table that is there, and after the
    locks there can be no new one.
    """
    return bool(inside - outside) or any(line.startswith(_POLICY) for line in outside - inside)


def _refuse_moving(why: str, cause: psycopg.Error | None) -> NoReturn:
    raise SchemaMoving(
        f"the schema was altered while the backup began, {TRIES} times in a row: {why}. A migration is at "
        "work: take the backup again when it is done."
    ) from cause
