"""What a statement leaves in its session is known by its text, for a script may go on in another one."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.session_state import left_in_session

SETTINGS = [
    "SET search_path = other",
    "SET search_path TO other, public",
    "SET SESSION lock_timeout = '1s'",
    "SET TIME ZONE 'UTC'",
    "SET ROLE someone",
    "SET SESSION AUTHORIZATION someone",
    "RESET search_path",
    "RESET ALL",
    "SELECT set_config('search_path', 'other', false)",
    "SELECT pg_catalog.SET_CONFIG('a.b', 'c', false), set_config('d.e', 'f', false)",
]
LOST = [
    "CREATE TEMP TABLE t (id int)",
    "CREATE TEMPORARY TABLE IF NOT EXISTS t (id int)",
    "CREATE LOCAL TEMP TABLE t ON COMMIT DROP AS SELECT 1",
    'CREATE TABLE pg_temp."T" (id int)',
    "CREATE TEMP TABLE t AS SELECT 1",
    "SELECT 1 AS id INTO TEMP t",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE TEMP SEQUENCE s",
    "SELECT set_config('a.b', 'c', false), nextval('s')",
    "SELECT set_config('a.b', v, false) FROM t",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT pg_try_advisory_lock(1)",
    "PREPARE p AS SELECT 1",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "LISTEN channel",
    "LOAD 'library'",
]
NOTHING = [
    "",
    "not SQL at all",
    "SET LOCAL search_path = other",
    "CREATE TABLE t (id int)",
    "CREATE UNLOGGED TABLE t (id int)",
    "CREATE TABLE t AS SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "SELECT 'CREATE TEMP TABLE t ()', \"listen\"",
    "INSERT INTO t VALUES ('set_config')",
    "SELECT pg_advisory_xact_lock(1)",
    "CREATE INDEX CONCURRENTLY i ON t (id)",
    "VACUUM t",
]


@pytest.mark.parametrize("text", SETTINGS)
def test_a_setting_can_be_made_again(text: str) -> None:
    assert left_in_session(text) == "setting"


@pytest.mark.parametrize("text", LOST)
def test_what_lives_in_its_session_alone_is_lost_with_it(text: str) -> None:
    assert left_in_session(text) == "lost"


@pytest.mark.parametrize("text", NOTHING)
def test_all_else_is_in_the_database_or_nowhere(text: str) -> None:
    assert left_in_session(text) == "nothing"
