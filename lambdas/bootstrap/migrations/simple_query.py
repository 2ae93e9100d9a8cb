"""Sends one text as one simple query and says how far the server came. It knows nothing of migrations.

psycopg's cursors hide the results before an error, and those tell which statement failed when the server
gives no position (a duplicate table, a violated constraint).
"""

import select
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow

NOT_IN_A_TRANSACTION: Final = "25001"
"""The SQLSTATE of statements that run only outside a transaction: VACUUM, CREATE INDEX CONCURRENTLY, …"""


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


def send(connection: Connection[TupleRow], text: str) -> Outcome:
    """Run `text` to its end or to the first error; results are discarded as they come."""
    pgconn = connection.pgconn
    pgconn.send_query(text.encode())
    tags: list[str] = []
    refusal: Refusal | None = None
    while (result := _next_result(pgconn)) is not None:
        if result.status == ExecStatus.FATAL_ERROR:
            # The end of a connection is reported as a second error behind the server's own.
            refusal = refusal or _refusal(result)
        elif result.status != ExecStatus.EMPTY_QUERY:
            tags.append((result.command_status or b"").decode())
    return Outcome(tags=tuple(tags), refusal=refusal, lost=pgconn.status == ConnStatus.BAD)


def _next_result(pgconn: PGconn) -> PGresult | None:
    """Wait in poll(), where other threads and signals are served; libpq's own wait serves neither."""
    try:
        while (unsent := pgconn.flush()) or pgconn.is_busy():
            poller = select.poll()
            poller.register(pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            poller.poll()
            pgconn.consume_input()
    except psycopg.OperationalError:
        # The connection ended: libpq has an error result to tell why.
        return pgconn.get_result()
    return pgconn.get_result()


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
