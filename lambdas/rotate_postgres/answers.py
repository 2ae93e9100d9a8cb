"""Runs a statement and waits for its answer only so long: a server that stands still breaks no connection."""

import selectors
import time

import psycopg
from psycopg import Connection
from psycopg.pq import ExecStatus
from psycopg.rows import TupleRow


def ask(session: Connection[TupleRow], statement: bytes, *, seconds: float) -> None:
    """Run a statement that answers with rows, by the simple protocol: nothing is prepared.

    Raises:
        psycopg.Error: it was refused, the connection broke, or no answer came in time.
    """
    deadline = time.monotonic() + seconds
    wire = session.pgconn
    wire.send_query(statement)
    with selectors.DefaultSelector() as selector:
        selector.register(wire.socket, selectors.EVENT_READ)
        wire.flush()
        while True:
            while wire.is_busy():
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise psycopg.OperationalError(f"no answer came in {seconds:g} seconds")
                wire.consume_input()
            result = wire.get_result()
            if result is None:
                return
            if result.status != ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError(result.get_error_message().strip())
