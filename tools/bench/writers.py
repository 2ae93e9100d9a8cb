"""`python -m tools.bench.writers`: write to the bench's table at a steady rate and time each write.

It connects to loopback as the variables PG* say, writes until its stdin ends or its limits are reached, and
prints one JSON list of [second it was due, milliseconds it took]. Each write is due at its moment whether or
not the one before has ended, and its time counts from there: those that queue are not left out.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lambdas.common.connections import connect
from lambdas.common.secret_documents import PostgresSecret

WRITERS = 4
WRITES_A_SECOND = 50
LIMIT_SECONDS = 600.0
ROWS = "TABLE_ROWS"
"""The variable that says how many rows there are to update."""

STATEMENTS = (
    b"INSERT INTO events (account_id, amount, note) VALUES (%s, 1, 'written while an index is built')",
    b"UPDATE events SET amount = amount + 1 WHERE id = %s",
)


def _write(number: int, stopped: threading.Event) -> list[tuple[float, float]]:
    """Be one writer, with a session of its own; return when each write was due and how long it took."""
    login = PostgresSecret(
        host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), dbname=os.environ["PGDATABASE"],
        username=os.environ["PGUSER"], password=os.environ["PGPASSWORD"],
    )  # fmt: skip
    rows = int(os.environ[ROWS])
    done: list[tuple[float, float]] = []
    ca_bundle = Path(os.environ["PGSSLROOTCERT"])
    with connect(login, application_name="datatier bench writer", ca_bundle=ca_bundle) as session:
        started = time.monotonic()
        for count in range(int(LIMIT_SECONDS * WRITES_A_SECOND)):
            due = started + (count + number / WRITERS) / WRITES_A_SECOND
            early = due - time.monotonic()
            # Writes that are overdue when the load is stopped are still made: they are the ones that waited.
            if early > 0 and stopped.wait(early):
                break
            # Steps that share no factor with round numbers of rows visit them all over the table.
            row = 1 + (count * WRITERS + number) * 7_919_993 % rows
            session.execute(STATEMENTS[count % len(STATEMENTS)], [row])
            done.append((due, (time.monotonic() - due) * 1000))
    return done


def main() -> None:
    """Write until stdin ends."""
    stopped = threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(_write, number, stopped) for number in range(WRITERS)]
        sys.stdin.read()
        stopped.set()
        writes = [write for writer in writers for write in writer.result()]
    print(json.dumps(writes))  # noqa: T201  (what it is run for)


if __name__ == "__main__":
    main()
