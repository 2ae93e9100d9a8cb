"""Sends one statement and waits for its answer only so long. It keeps no session and retries nothing.

psycopg itself waits for as long as the kernel does, and a server or a pooler that stands still would hold
whoever asks it.
"""

import selectors
import time
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

_DONE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)


def ask(session: Connection[Any], statement: bytes, *, seconds: float) -> list[PGresult]:
    """Run a statement by the simple protocol: nothing is prepared, and a pooler's console takes no other.

    Raises:
        psycopg.Error: it was refused, the connection broke, or no answer came in time.
    """
    deadline = time.monotonic() + seconds
    wire = session.pgconn
    found: list[PGresult] = []
    try:
        send(session, statement)
        with selectors.DefaultSelector() as selector:
            selector.register(wire.socket, selectors.EVENT_READ)
            while True:
                while wire.is_busy():
                    if not selector.select(max(0.0, deadline - time.monotonic())):
                        raise psycopg.OperationalError(f"no answer came in {seconds:g} seconds")
                    wire.consume_input()
                result = wire.get_result()
                if result is None:
                    return found
                if result.status not in _DONE:
                    raise psycopg.OperationalError(result.get_error_message().strip())
                found.append(result)
    except (OSError, ValueError) as error:  # the socket is closed
        raise psycopg.OperationalError(str(error)) from error


def send(session: Connection[Any], statement: bytes) -> None:
    """Send a statement and wait for nothing. Raises psycopg.Error."""
    session.pgconn.send_query(statement)
    session.pgconn.flush()
