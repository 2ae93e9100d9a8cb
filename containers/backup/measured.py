"""Counts and hashes tables of a restored database side by side, and says which are not as in the backup."""

import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow

from containers.backup import checksum
from containers.backup.manifest import Table
from lambdas.common.connections import open_session, server_says
from lambdas.common.errors import ServerUnreachable

_LOOK_SECONDS: Final = 0.5
"""How long a signal may wait to be heard, and a thread that was about to begin to be cancelled."""
_CANCEL_SECONDS: Final = 5
_GONE: Final = ("08", "57P")
"""Classes of SQLSTATE: the connection is broken, or the server ends it. Source: PostgreSQL 15, Appendix A."""


def lost(connection: Connection[TupleRow], error: psycopg.Error) -> bool:
    """Whether the session is gone, rather than a statement refused."""
    return connection.closed or (error.sqlstate or "").startswith(_GONE)


def gone(connection: Connection[TupleRow], error: psycopg.Error) -> ServerUnreachable:
    """Return what is raised then: nobody may take it for a difference."""
    return ServerUnreachable(
        f"the connection to database {connection.info.dbname} was lost while it was compared with the backup"
        f": {server_says(error)}. Nothing is proved by that: look at the server, and restore once more."
    )


class Measured:
    """Tables of one database, by sessions of its own with the login of `connection`."""

    def __init__(self, connection: Connection[TupleRow], tables: Iterable[Table]) -> None:
        self._tables = sorted(tables, key=lambda table: table.copy_bytes, reverse=True)
        info = connection.info
        # The password is none of what libpq tells as parameters.
        self._login: dict[str, str | int] = {**info.get_parameters(), "password": info.password}
        self._where = f"database {info.dbname}"
        self._own = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[Connection[TupleRow]] = []

    def differences(self, *, streams: int) -> list[str]:
        """Return a line for each table that differs. Whatever interrupts it, no query of it runs on.

        Raises:
            ConnectionFailed: PostgreSQL is not to be reached, or went away.
        """
        threads = ThreadPoolExecutor(streams, thread_name_prefix="compare")
        given = [threads.submit(self._one, table) for table in self._tables]
        try:
            _heard(given)
            return [line for one in given if (line := one.result())]
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            # Not `wait` of all: to it one that was cancelled before it began is never done.
            while working := [one for one in given if not one.done()]:
                self._cancel()  # again and again: a thread may have been about to begin
                wait(working, timeout=_LOOK_SECONDS)
            threads.shutdown(wait=True)
            for session in self._sessions:
                session.close()

    def _one(self, table: Table) -> str:
        session = self._session()
        try:
            rows, content = checksum.measure_table(session, table.schema, table.name)
        except psycopg.Error as error:
            if lost(session, error):
                raise gone(session, error) from error
            if isinstance(error, InsufficientPrivilege):
                return f"rows: {table.identity} cannot be judged by this login: {server_says(error)}"
            return f"rows: {table.identity} cannot be read: {server_says(error)}"
        if rows != table.rows:
            return f"rows: {table.identity} has {rows} rows; the backup has {table.rows}"
        if content != table.checksum:
            return f"rows: {table.identity} has {rows} rows as the backup, and not the same ones"
        return ""

    def _session(self) -> Connection[TupleRow]:
        session: Connection[TupleRow] | None = getattr(self._own, "session", None)
        if session is None:
            session = open_session(self._login, where=self._where)
            with self._lock:
                self._sessions.append(session)
            try:
                checksum.pin(session)
                # Or a policy that the login is under hides rows, and fewer are counted than there are.
                session.execute("SELECT pg_catalog.set_config('row_security', 'off', false)")
            except psycopg.Error as error:
                raise gone(session, error) from error
            self._own.session = session
        return session

    def _cancel(self) -> None:
        with self._lock:
            sessions = tuple(self._sessions)
        for session in sessions:
            with suppress(psycopg.Error):
                session.cancel_safe(timeout=_CANCEL_SECONDS)


def _heard(given: Iterable[Future[str]]) -> None:
    """Wait for all, and between for signals. Raises the error of the first that failed."""
    waiting = set(given)
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
        for one in done:
            one.result()
