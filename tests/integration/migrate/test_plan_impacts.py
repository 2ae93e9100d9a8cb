"""The rules of `datatier migrate plan` against a real PostgreSQL 15: what they say is what it does."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from psycopg import sql

from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.syntax import parse
from tests.integration.migrate.plan_observer import observe
from tests.plugins.servers import MASTER, Database
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.rules import impacts
from tools.migrate.impact.server import ServerCatalog
from tools.servers.postgres_cluster import create_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.migrate.impact.impact import Impact
    from tools.servers.postgres import PostgresServer

HERE = Path(__file__).parent
SCHEMA = (HERE / "plan_schema.sql").read_bytes()
TEXT = (HERE / "plan_statements.sql").read_text(encoding="utf-8")
STATEMENTS = [TEXT[one.start : one.end] for one in split(TEXT)]
QUIET: Final = ("ACCESS SHARE", "ROW SHARE")
"""Locks that nobody but ACCESS EXCLUSIVE waits for: those of the foreign keys behind a row are not told."""


@pytest.fixture(scope="module")
def furnished(rds: PostgresServer, master_password: str) -> Iterator[Database]:
    """Return a database with the tables of plan_schema.sql; every statement on it is rolled back."""
    name = f"test_{secrets.token_hex(6)}"
    with rds.admin_connection() as connection:
        create_database(connection, name, owner=MASTER)
        database = Database(server=rds, name=name, master_username=MASTER, master_password=master_password)
        with database.connect() as owner:
            owner.execute(SCHEMA)
            owner.execute("ANALYZE")
        yield database
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def session(furnished: Database) -> Iterator[psycopg.Connection]:
    """Return a session of the tables' owner."""
    with furnished.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def judged(session: psycopg.Connection, statement: str) -> tuple[Impact, ...]:
    return impacts(parse(statement), ServerCatalog(session))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_plan_says_what_the_server_does(session: psycopg.Connection, statement: str) -> None:
    said = judged(session, statement)
    assert not any(impact.unknown for impact in said)
    seen = observe(session, statement)
    locks = {
        member.name: impact.lock.value
        for impact in said
        for member in impact.on.members
        if impact.lock is not Lock.NONE
    }
    told = {name: mode for name, mode in seen.locks.items() if name in locks or seen.matters(name, mode)}
    assert locks == told
    work = {
        member.name: "catalog only" if impact.work is Work.NOTHING else impact.work.value
        for impact in said
        for member in impact.on.members
        if member.name in seen.work
    }
    assert work == {name: seen.work[name] for name in work}
    assert set(seen.busy) <= set(work)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO events VALUES (1, 1, 'x')", "events events_1 events_2"),
        ("INSERT INTO events SELECT id, 1, 'x' FROM loose", "events events_1 events_2 loose"),
        ("DELETE FROM logs WHERE day = 1", "logs logs_1 logs_rest"),
        ("SELECT * FROM events WHERE day = 1", "events events_1 events_2"),
    ],
)
def test_a_partition_that_the_server_leaves_out_may_be_told(
    session: psycopg.Connection, statement: str, told: str
) -> None:
    said = {
        member.name: impact.lock.value
        for impact in judged(session, statement)
        for member in impact.on.members
    }
    seen = observe(session, statement)
    tables = {name: mode for name, mode in seen.locks.items() if seen.kinds[name] in "rp"}
    assert tables
    assert tables.items() <= said.items()
    # What else was locked are those tables' own indexes, which go without saying.
    assert {seen.kinds[name] for name in seen.locks.keys() - tables.keys()} <= {"i", "I"}
    assert sorted(said) == told.split()


def test_analyze_reads_a_sample_under_a_lock_that_lets_writers_go_on(session: psycopg.Connection) -> None:
    (said,) = judged(session, "ANALYZE customers")
    assert said.lock.value == observe(session, "ANALYZE customers").locks["customers"]
    assert said.work is Work.SCANS


def test_a_not_null_column_without_a_default_is_said_to_fail(session: psycopg.Connection) -> None:
    statement = "ALTER TABLE customers ADD COLUMN n integer NOT NULL"
    (said,) = judged(session, statement)
    assert "Fails unless the table is empty" in said.note
    with pytest.raises(psycopg.errors.NotNullViolation):
        observe(session, statement)


def test_a_table_in_another_tablespace_is_copied_there(
    furnished: Database, session: psycopg.Connection
) -> None:
    name = f"space_{secrets.token_hex(4)}"
    with furnished.server.admin_connection(furnished.name) as admin:
        admin.execute("SET allow_in_place_tablespaces = on")
        admin.execute(f"CREATE TABLESPACE {name} LOCATION ''".encode())
        try:
            admin.execute(f"GRANT CREATE ON TABLESPACE {name} TO {MASTER}".encode())
            statement = f"ALTER TABLE plain_table SET TABLESPACE {name}"
            (said,) = judged(session, statement)
            session.execute("BEGIN")
            file = "SELECT pg_relation_filepath('plain_table')"
            before = session.execute(file.encode()).fetchall()
            session.execute(statement.encode())
            assert before != session.execute(file.encode()).fetchall()
            session.execute("ROLLBACK")
            assert (said.lock, said.work) == (Lock.ACCESS_EXCLUSIVE, Work.REWRITES)
        finally:
            session.execute("ROLLBACK")
            admin.execute(f"DROP TABLESPACE {name}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        # The planner may inline a function in SQL, and then its word about volatility counts for nothing.
        "ALTER TABLE customers ADD COLUMN n int DEFAULT moving()",
        "ALTER TABLE customers ADD COLUMN n int DEFAULT nobody()",
        "ALTER TABLE customers ADD COLUMN n no_type",
        "ALTER TABLE nobody ALTER a TYPE int",
        "ALTER TABLE events ATTACH PARTITION loose_checked FOR VALUES FROM (300) TO (400)",
        "ALTER TABLE plain_table ALTER span TYPE interval(5)",
        "DO $$ BEGIN DROP TABLE customers; END $$",
        "CALL anything()",
        "SELECT moving()",
        "UPDATE customers SET age = moving()",
        "CREATE EXTENSION pg_trgm",
        "VACUUM",
        "CLUSTER",
        "REINDEX SCHEMA public",
        "DROP OWNED BY somebody",
        "ALTER TABLE customers SET (made_up = 1)",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "SELEC 1",
        "CREATE EXTENSION IF NOT EXISTS citext",
        "ALTER EXTENSION citext UPDATE",
        "EXPLAIN ANALYZE DELETE FROM customers",
        "EXECUTE x",
        "ALTER TYPE pair ADD ATTRIBUTE c integer CASCADE",
    ],
)
def test_what_the_rules_do_not_know_is_said_to_be_unknown(
    session: psycopg.Connection, statement: str
) -> None:
    assert any(impact.unknown for impact in judged(session, statement))
    assert not any(impact.dangerous for impact in judged(session, statement))
