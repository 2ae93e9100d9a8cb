"""One question to a server and its answer within a bounded time. It keeps no session and retries nothing.

psycopg itself waits for an answer for as long as the kernel does, and whoever watches a server must not hang
with it.
"""

import select
import time
from typing import Any, Final

import psycopg
from psycopg import pq

from lambdas.common.pooler_console import Answer

_DONE: Final = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)


class Unanswered(Exception):
    """The session broke, the server refused, or no answer came in time; the message says which."""


def ask(session: psycopg.Connection[Any], question: str, *, seconds: float) -> Answer:
    """Send one statement by the simple protocol, which PgBouncer's console insists on.

    Raises:
        Unanswered: whatever else happens; the session is of no use afterwards unless the server refused.
    """
    send(session, question)
    return answer(session, seconds=seconds)


def send(session: psycopg.Connection[Any], question: str) -> None:
    """Send one statement and wait for nothing. Raises Unanswered."""
    try:
        session.pgconn.send_query(question.encode())
        session.pgconn.flush()
    except psycopg.Error as error:
        raise Unanswered(_first_line(error)) from error


def answer(session: psycopg.Connection[Any], *, seconds: float) -> Answer:
    """The answer to what was sent before. Raises Unanswered."""
    deadline = time.monotonic() + seconds
    found = Answer(columns=(), rows=())
    try:
        while True:
            while session.pgconn.is_busy():
                if not readable(session, seconds=deadline - time.monotonic()):
                    raise Unanswered(f"no answer within {seconds:g} s")
                session.pgconn.consume_input()
            result = session.pgconn.get_result()
            if result is None:
                return found
            if result.status not in _DONE:
                raise Unanswered(result.error_message.decode(errors="replace").strip())
            found = _parsed(result)
    except psycopg.Error as error:
        raise Unanswered(_first_line(error)) from error


def readable(session: psycopg.Connection[Any], *, seconds: float) -> bool:
    """Whether the server has said something, or gone, in time. Raises Unanswered: the session is closed."""
    try:
        ready, _, _ = select.select([session.pgconn.socket], [], [], max(seconds, 0))
    except (psycopg.Error, OSError, ValueError) as error:
        raise Unanswered(_first_line(error)) from error
    return bool(ready)


def _parsed(result: pq.abc.PGresult) -> Answer:
    columns = range(result.nfields)
    return Answer(
        columns=tuple((result.fname(column) or b"").decode() for column in columns),
        rows=tuple(
            tuple(_text(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)
        ),
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
