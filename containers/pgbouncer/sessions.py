"""One question to a server and its answer within a bounded time, parsed. It keeps no session.

Whoever watches a server must not hang with it.
"""

import select
from typing import Any

import psycopg
from psycopg import pq

from lambdas.common import answers
from lambdas.common.pooler_console import Answer


class Unanswered(Exception):
    """The session broke, the server refused, or no answer came in time; the message says which."""


def ask(session: psycopg.Connection[Any], question: str, *, seconds: float) -> Answer:
    """Send one statement and return the last answer to it.

    Raises:
        Unanswered: whatever else happens; the session is of no use afterwards unless the server refused.
    """
    try:
        results = answers.ask(session, question.encode(), seconds=seconds)
    except psycopg.Error as error:
        raise Unanswered(_first_line(error)) from error
    return _parsed(results[-1]) if results else Answer(columns=(), rows=())


def send(session: psycopg.Connection[Any], question: str) -> None:
    """Send one statement and wait for nothing. Raises Unanswered."""
    try:
        answers.send(session, question.encode())
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
