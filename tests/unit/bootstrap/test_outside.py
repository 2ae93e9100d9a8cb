"""Which statements refuse transactions is known by what they are, not by the words that occur in them."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.outside import refuses_transactions

REFUSES = [
    "CREATE INDEX CONCURRENTLY i ON a (id)",
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I" ON "s;"."A" (id) WHERE id > 1',
    "DROP INDEX CONCURRENTLY s.i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (VERBOSE, CONCURRENTLY) TABLE a",
    "REINDEX SCHEMA s",
    "REINDEX DATABASE CONCURRENTLY",
    "REINDEX SYSTEM",
    "ALTER TABLE ONLY s.p DETACH PARTITION part CONCURRENTLY",
    "VACUUM",
    "vacuum (analyze) a",
    "CLUSTER",
    "DISCARD ALL",
    "ALTER SYSTEM SET work_mem = '4MB'",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "CREATE TABLESPACE t LOCATION '/t'",
    "DROP TABLESPACE t",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
    "DROP SUBSCRIPTION s",
]
TAKES_PART = [
    "CREATE INDEX i ON a (id)",
    'CREATE INDEX "concurrently" ON a (id)',
    "DROP INDEX i",
    "REINDEX TABLE a",
    "REINDEX (CONCURRENTLY false) TABLE a",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
    "ALTER TABLE p DETACH PARTITION part",
    "ALTER TABLE p DETACH PARTITION part FINALIZE",
    "ALTER TABLE a ADD COLUMN system int",
    "ANALYZE a",
    "CLUSTER a USING i",
    "DISCARD PLANS",
    "COMMENT ON DATABASE d IS 'vacuum'",
    "INSERT INTO vacuum VALUES ('DROP INDEX CONCURRENTLY i')",
    "COMMENT ON INDEX i IS 'built concurrently' nonsense concurrently",
]


@pytest.mark.parametrize("script", REFUSES)
def test_what_the_server_runs_only_outside_transactions_is_recognized(script: str) -> None:
    (statement,) = split(script)
    assert refuses_transactions(statement, script)


@pytest.mark.parametrize("script", TAKES_PART)
def test_what_runs_in_a_transaction_is_left_in_it(script: str) -> None:
    (statement,) = split(script)
    assert not refuses_transactions(statement, script)


def test_a_statement_is_judged_apart_from_its_neighbours() -> None:
    script = "-- ü; VACUUM;\nSELECT 1; VACUUM; SELECT 'VACUUM'"
    assert [refuses_transactions(statement, script) for statement in split(script)] == [False, True, False]
