"""Sends one text as one simple query and says how far the server came. It knows nothing of migrations.

psycopg's cursors hide the results before an error, and those tell which statement failed when the server
gives no position (a duplicate table, a violated constraint).
"""

import select
import time
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

NOT_IN_A_TRANSACTION: Final = "25001"
"""The SQLSTATE of statements that run only outside a transaction: VACUUM, CREATE INDEX CONCURRENTLY, …"""

COMMITS_INSIDE: Final = "2D000"
"""The SQLSTATE of a DO or CALL that commits by itself, refused because it is not alone."""

NEW_ENUM_VALUE: Final = "55P04"
"""The SQLSTATE of using a value in the transaction that adds it to its type."""

LOCK_NOT_AVAILABLE: Final = "55P03"
"""The SQLSTATE of a wait for a lock that ended with lock_timeout, or NOWAIT."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The server's error. `position` counts characters of the sent text from 1, if the server gave one.

    `nested` says that it comes from inside a function or a DO block.
    """

    message: str
    sqlstate: str
    hint: str
    position: int | None
    nested: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`tags` are the command tags of completed statements; `lost` says that the connection ended."""

    tags: tuple[str, ...]
    refusal: Refusal | None
    lost: bool


class SimpleQuery:
    """One text on its way through the server; results are discarded as they come."""

    def __init__(self, connection: Connection[TupleRow], query: bytes) -> None:
        self._pgconn = connection.pgconn
        self._tags: list[str] = []
        self._refusal: Refusal | None = None
        self._pgconn.send_query(query)

    def wait(self, seconds: float | None = None) -> Outcome | None:
        """Read to its end or to the first error; None if it goes on when `seconds` have passed."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            try:
                if not self._ready(deadline):
                    return None
            except psycopg.OperationalError:
                pass  # The connection ended: libpq has an error result to tell why.
            result = self._pgconn.get_result()
            if result is None:
                lost = self._pgconn.status == ConnStatus.BAD
                return Outcome(tags=tuple(self._tags), refusal=self._refusal, lost=lost)
            if result.status == ExecStatus.FATAL_ERROR:
                # The end of a connection is reported as a second error behind the server's own.
                self._refusal = self._refusal or _refusal(result)
            elif result.status == ExecStatus.COPY_IN:
                # A COPY that no look at the text had shown would wait for its rows for ever.
                self._pgconn.put_copy_end(b"a script has no rows behind it")
            elif result.status == ExecStatus.COPY_OUT:
                while self._pgconn.get_copy_data(0)[0] > 0:
                    pass
            elif result.status != ExecStatus.EMPTY_QUERY:
                self._tags.append((result.command_status or b"").decode())

    def _ready(self, deadline: float | None) -> bool:
        """Wait in poll(), where other threads and signals are served; libpq's own wait serves neither."""
        while (unsent := self._pgconn.flush()) or self._pgconn.is_busy():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            poller = select.poll()
            poller.register(self._pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            poller.poll(None if left is None else left * 1000)
            self._pgconn.consume_input()
        return True


def send(connection: Connection[TupleRow], query: bytes) -> Outcome:
    """Run `query` to its end or to the first error."""
    outcome = SimpleQuery(connection, query).wait()
    assert outcome is not None  # noqa: S101  without a limit it waits to the end
    return outcome


def _refusal(result: PGresult) -> Refusal:
    def text(field: DiagnosticField) -> str:
        return (result.error_field(field) or b"").decode("utf-8", "replace")

    position = text(DiagnosticField.STATEMENT_POSITION)
    return Refusal(
        message=text(DiagnosticField.MESSAGE_PRIMARY)
        or result.error_message.decode("utf-8", "replace").strip(),
        sqlstate=text(DiagnosticField.SQLSTATE),
        hint=text(DiagnosticField.MESSAGE_HINT),
        position=int(position) if position else None,
        nested=bool(text(DiagnosticField.CONTEXT)),
    )
