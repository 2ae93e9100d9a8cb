"""Sessions within one snapshot, one a thread: opened when first asked for, ended together."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup import checksum
from containers.backup.take.snapshot import BEGIN, Connect
from containers.backup.take.told import told

_CANCEL_SECONDS: Final = 5
_JOIN: Final = sql.SQL("SET TRANSACTION SNAPSHOT {}")


class Sessions:
    """The sessions of an attempt."""

    def __init__(self, connect: Connect, *, snapshot: str) -> None:
        self._connect = connect
        self._snapshot = snapshot
        self._own = threading.local()
        self._lock = threading.Lock()
        self._open: list[Connection[TupleRow]] = []

    def mine(self) -> Connection[TupleRow]:
        """The calling thread's own. Raises ConnectionFailed, Conflict, SourceLost, SourceError."""
        session: Connection[TupleRow] | None = getattr(self._own, "session", None)
        if session is None:
            with told():
                session = self._connect()
                with self._lock:
                    self._open.append(session)
                self._join(session)
            self._own.session = session
        return session

    @contextmanager
    def brief(self) -> Generator[Connection[TupleRow]]:
        """One for the block, after which nothing that it has locked is. Raises as `mine`."""
        with told(), self._connect() as session:
            self._join(session)
            yield session

    def cancel(self) -> None:
        """Have the server end what the sessions wait for."""
        with self._lock:
            for session in self._open:
                with suppress(psycopg.Error):
                    session.cancel_safe(timeout=_CANCEL_SECONDS)

    def close(self) -> None:
        """Close them: no thread uses one any more."""
        for session in self._open:
            session.close()

    def _join(self, session: Connection[TupleRow]) -> None:
        checksum.pin(session)
        session.execute(BEGIN)
        session.execute(_JOIN.format(sql.Literal(self._snapshot)))
