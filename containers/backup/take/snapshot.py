"""One snapshot of one server, in which a whole backup is read, and the locks that keep its tables there.

A snapshot does not protect from DDL: a table that is dropped, truncated or altered between the snapshot and
the lock would be read wrongly. So after the locks the catalogue is looked at again, from outside.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from psycopg import Connection, errors, sql
from psycopg.rows import TupleRow

from containers.backup import catalog, checksum
from containers.backup.errors import Conflict, SchemaMoving, SourceError, SourceLost, Unreadable
from lambdas.common.connections import server_says

TRIES: Final = 5
LOCK_SECONDS: Final = 10
"""Whoever holds a table for longer is altering it; and who wants to alter it waits behind this lock."""

_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Connect = Callable[[], Connection[TupleRow]]
"""Opens a session of the login `backup` on the server that is read."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot that others can take, for as long as the holder's transaction lasts."""

    name: str
    moment: datetime
    in_recovery: bool
    holder: Connection[TupleRow]
    tables: tuple[catalog.Found, ...]


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
                continue
            yield taken
            return


@contextmanager
def joined(connect: Connect, name: str) -> Generator[Connection[TupleRow]]:
    """Open a session within a snapshot. Raises Conflict, SourceLost, SourceError."""
    with told(), connect() as connection:
        checksum.pin(connection)
        connection.execute(_BEGIN)
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(name)))
        yield connection


@contextmanager
def told() -> Generator[None]:
    """Say what a server's error means for a backup. Raises Conflict, SourceLost, SourceError."""
    try:
        yield
    except psycopg.Error as error:
        says = server_says(error)
        if isinstance(error, errors.SerializationFailure) or "conflict with recovery" in says:
            raise Conflict(f"the replica went on with its replay: {says}") from error
        if isinstance(error, psycopg.OperationalError) and not isinstance(error, errors.QueryCanceled):
            raise SourceLost(f"PostgreSQL has gone: {says}") from error
        raise SourceError(f"PostgreSQL refuses: {says}") from error


def _take(holder: Connection[TupleRow], connect: Connect, between: Callable[[], None]) -> Snapshot:
    holder.execute(_BEGIN)
    ((name, moment, in_recovery),) = holder.execute(
        "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.now(), pg_catalog.pg_is_in_recovery()"
    ).fetchall()
    tables = tuple(catalog.tables(holder))
    _refuse_unreadable(holder, tables, in_recovery=in_recovery)
    between()
    _lock(holder, tables)
    inside = holder.execute(catalog.statement("relations")).fetchone()
    with connect() as outside:
        checksum.pin(outside)
        now = outside.execute(catalog.statement("relations")).fetchone()
    if inside != now:
        raise SchemaMoving(
            f"the schema changed within moments of the snapshot, {TRIES} times in a row: a migration is at "
            "work. Take the backup again when it is done."
        )
    return Snapshot(name=name, moment=moment, in_recovery=in_recovery, holder=holder, tables=tables)


def _lock(holder: Connection[TupleRow], tables: Sequence[catalog.Found]) -> None:
    """Lock every table against all that would change more than its rows."""
    if not tables:
        return
    names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(sql.Identifier(t.schema, t.name)) for t in tables)
    holder.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{LOCK_SECONDS}s")))
    try:
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
    except (errors.LockNotAvailable, errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise SchemaMoving(
            f"a table is being altered or was dropped while the backup began, {TRIES} times in a row: "
            f"{server_says(error)}. Take the backup again when the migration is done."
        ) from error


def _refuse_unreadable(
    holder: Connection[TupleRow], tables: Sequence[catalog.Found], *, in_recovery: bool
) -> None:
    refused = [*_rows_out_of_reach(holder), *_large_objects(holder), *_extension_rows(holder)]
    if in_recovery and (unlogged := [f"{t.schema}.{t.name}" for t in tables if t.unlogged]):
        refused.append(f"a replica has no rows of unlogged tables: {', '.join(unlogged)}")
    if refused:
        raise Unreadable("; ".join(refused))


def _rows_out_of_reach(holder: Connection[TupleRow]) -> Generator[str]:
    hidden = holder.execute(catalog.statement("hidden_rows")).fetchall()
    if hidden:
        yield (
            f"row-level security may hide rows of {_named(hidden)} from the backup. Let it see them: CREATE "
            f"POLICY backup_sees_all ON {_quoted(hidden[0])} FOR SELECT TO datatier_backup USING (true)"
        )
    closed = holder.execute(catalog.statement("unreadable_tables")).fetchall()
    if closed:
        yield (
            f"the login may not read {_named(closed)}. Give it pg_read_all_data, as the bootstrap does: "
            "GRANT pg_read_all_data TO datatier_backup"
        )


def _large_objects(holder: Connection[TupleRow]) -> Generator[str]:
    ((count,),) = holder.execute(catalog.statement("unreadable_large_objects")).fetchall()
    if count:
        yield (
            f"{count} large objects are not readable: pg_read_all_data does not cover them. For each, as its "
            "owner: GRANT SELECT ON LARGE OBJECT … TO datatier_backup"
        )


def _extension_rows(holder: Connection[TupleRow]) -> Generator[str]:
    for extension, schema, name, condition in holder.execute(catalog.statement("extension_rows")).fetchall():
        where = sql.SQL(condition) if condition else sql.SQL("")
        found = holder.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {} {})").format(sql.Identifier(schema, name), where)
        ).fetchall()
        if found[0][0]:
            yield (
                f"the extension {extension} keeps rows of yours in {schema}.{name}, which a backup does not "
                "hold. Keep them in a table of your own"
            )


def _named(tables: Sequence[TupleRow]) -> str:
    return ", ".join(f"{schema}.{name}" for schema, name in tables)


def _quoted(table: TupleRow) -> str:
    return sql.Identifier(*table).as_string()
