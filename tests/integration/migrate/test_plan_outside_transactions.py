"""The rules for statements that refuse a transaction: the lock that they ask for while another holds it.

The other holds EXCLUSIVE, the strongest lock that lets readers in: VACUUM looks its table up under ACCESS
SHARE before it asks for the lock that it works under, and would be seen to wait for that instead.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from lambdas.bootstrap.migrations.syntax import parse
from tests.integration.migrate.plan_observer import NAMES
from tools.migrate.impact.locks import Lock
from tools.migrate.impact.rules import impacts
from tools.migrate.impact.server import ServerCatalog

if TYPE_CHECKING:
    import psycopg

    from tests.plugins.servers import Database

SCHEMA = (Path(__file__).parent / "plan_schema.sql").read_bytes()
PATIENCE_SECONDS: Final = 60
WAITED_FOR = """
    SELECT mode FROM pg_locks
    WHERE pid = %s AND locktype = 'relation' AND NOT granted AND relation = %s::regclass
"""


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("CREATE INDEX CONCURRENTLY i ON customers (age)", "customers"),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON customers (key, age)", "customers"),
        ("DROP INDEX CONCURRENTLY customers_email", "customers"),
        ("REINDEX INDEX CONCURRENTLY customers_email", "customers"),
        ("REINDEX TABLE CONCURRENTLY customers", "customers"),
        ("REINDEX (CONCURRENTLY) TABLE customers", "customers"),
        ("VACUUM customers", "customers"),
        ("VACUUM (ANALYZE) customers", "customers"),
        ("VACUUM FULL customers", "customers"),
        ("VACUUM (FULL false) customers", "customers"),
        ("VACUUM parent", "parent"),
        ("ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY", "events"),
    ],
)
def test_plan_says_the_lock_that_the_statement_waits_for(
    database: Database, statement: str, table: str
) -> None:
    said, asked = _said_and_asked(database, statement, table, held="EXCLUSIVE")
    assert said[table] == asked
    assert said[table] in (Lock.SHARE_UPDATE_EXCLUSIVE, Lock.ACCESS_EXCLUSIVE)


def test_a_partition_that_is_detached_concurrently_is_locked_from_its_readers_in_the_end(
    database: Database,
) -> None:
    statement = "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY"
    said, asked = _said_and_asked(database, statement, "events_1", held="ACCESS SHARE")
    assert said["events_1"] == asked == Lock.ACCESS_EXCLUSIVE


def test_vacuum_leaves_children_by_inheritance_alone(database: Database) -> None:
    said, _ = _said_and_asked(database, "VACUUM parent", "parent", held="EXCLUSIVE")
    assert list(said) == ["parent"]
    with database.connect() as other:
        other.execute("BEGIN; LOCK TABLE ONLY child IN EXCLUSIVE MODE")
        with database.connect() as vacuuming:
            vacuuming.execute("SET lock_timeout = 5000")
            vacuuming.execute("VACUUM parent")


def _said_and_asked(
    database: Database, statement: str, table: str, *, held: str
) -> tuple[dict[str, Lock], Lock]:
    """What the rules say of each relation, and what the statement waits for while another holds the table."""
    with database.connect() as owner, database.connect() as other, database.connect() as looking:
        owner.execute(SCHEMA)
        said = {
            member.name: impact.lock
            for impact in impacts(parse(statement), ServerCatalog(looking))
            for member in impact.on.members
        }
        owner.execute(f"BEGIN; LOCK TABLE ONLY {table} IN {held} MODE".encode())
        running = threading.Thread(target=other.execute, args=(statement.encode(),))
        running.start()
        try:
            asked = _waited_for(looking, other.info.backend_pid, table)
        finally:
            owner.execute("ROLLBACK")
            running.join(PATIENCE_SECONDS)
        return said, Lock(NAMES[asked])


def _waited_for(looking: psycopg.Connection, pid: int, table: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for (mode,) in looking.execute(WAITED_FOR, [pid, table]).fetchall():
            return str(mode)
        threading.Event().wait(0.01)
    raise AssertionError(f"it never waited for {table}")
