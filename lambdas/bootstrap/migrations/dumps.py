"""Waits for a dump that is running: a waiting ALTER TABLE would queue the application behind its locks."""

import time
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.common.logs import Log

_POLL_SECONDS: Final = 1.0

# A dump holds a lock on every table that it reads, to its end.
_DUMPS: Final = """
SELECT DISTINCT a.pid, a.usename, a.application_name
  FROM pg_catalog.pg_stat_activity AS a
  JOIN pg_catalog.pg_locks AS l ON l.pid = a.pid
 WHERE a.datname = pg_catalog.current_database()
   AND (a.application_name = 'pg_dump' OR a.usename IN ('backup', 'backup_clone'))
   AND l.locktype = 'relation' AND l.relation >= 16384
 ORDER BY 1
"""


def wait_for_dumps(connection: Connection[TupleRow], *, seconds: float, log: Log) -> None:
    """Wait until no dump runs; when `seconds` are over, warn and go on: the lock timeout does the rest."""
    deadline = time.monotonic() + seconds
    told = False
    while dumps := connection.execute(_DUMPS).fetchall():
        shown = [f"{application or user} ({pid})" for pid, user, application in dumps]
        if time.monotonic() >= deadline:
            log.warning(
                "A dump is still running; statements that need its tables will have to wait for it",
                dumps=shown,
            )
            return
        if not told:
            log.info("Waiting for a running dump", dumps=shown, seconds=seconds)
            told = True
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
