"""What a master that is no superuser may not mend is told by its name, and stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import SessionUnfit
from tests.integration.bootstrap.test_role_drift import STATE

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier


def test_what_only_a_superuser_can_mend_is_reported_and_stops_nothing(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("ALTER ROLE backup BYPASSRLS")
        connection.execute("CREATE TABLE foreign_to_us (id int)")
        connection.execute("GRANT pg_write_server_files TO app")
    ready.bootstrap()
    assert "role backup has BYPASSRLS, which only a superuser can take away" in ready.log.text
    assert 'the master may not do this: REVOKE "pg_write_server_files" FROM "app": must be' in ready.log.text
    assert "public.foreign_to_us (rdsadmin) is not owned by datatier_owner" in ready.log.text


REPORTED = [
    (
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app",
        "app has privileges on function pg_catalog.pg_read_file",
    ),
    ("GRANT USAGE ON LANGUAGE plpgsql TO readonly", "readonly has privileges on language plpgsql"),
    ("GRANT SET ON PARAMETER log_statement TO monitor", "monitor has privileges on parameter"),
    ("GRANT SELECT ON pg_authid TO backup", "backup has privileges on table pg_catalog.pg_authid"),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_master GRANT ALL ON TABLES TO app",
        "app has privileges on default acl for role datatier_master on tables",
    ),
    (
        "ALTER ROLE ALL SET statement_timeout = '1h'",
        "all roles have statement_timeout = 1h, which only a superuser",
    ),
    ("GRANT app TO rds_superuser", "role rds_superuser is in app, and the design does not know it"),
    (
        "SELECT lo_create(0) FROM generate_series(1, 2)",
        "rdsadmin has 2 large objects, which no other login reads",
    ),
    ("ALTER ROLE monitor REPLICATION", "role monitor has REPLICATION, which only a superuser can take away"),
]
UNDONE = [
    "REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM app",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM readonly",
    "REVOKE SET ON PARAMETER log_statement FROM monitor",
    "REVOKE SELECT ON pg_authid FROM backup",
    "ALTER ROLE ALL RESET statement_timeout",
    "REVOKE app FROM rds_superuser",
    "ALTER ROLE monitor NOREPLICATION",
]


def test_what_the_master_may_not_mend_is_reported_each_by_its_name(ready: Tier) -> None:
    with ready.admin() as connection:
        try:
            for statement, _ in REPORTED:
                connection.execute(statement.encode())
            ready.bootstrap()
            before = ready.column(STATE)
            ready.bootstrap()
            assert ready.column(STATE) == before
        finally:
            for statement in UNDONE:
                connection.execute(statement.encode())
    for _, report in REPORTED:
        assert report in ready.log.text


def test_what_was_mended_is_in_the_log(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("GRANT TRUNCATE ON notes TO app")
    ready.bootstrap()
    assert 'REVOKE TRUNCATE ON TABLE "public"."notes" FROM "app" CASCADE' in ready.log.text


def test_a_database_that_makes_everyone_act_as_somebody_is_no_obstacle(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute(f"ALTER DATABASE {ready.database.name} SET role = app".encode())
    ready.bootstrap()
    with ready.connect("monitor") as connection:
        assert connection.execute("SELECT current_user").fetchall() == [("monitor",)]


def test_a_master_made_read_only_and_with_a_role_of_its_own_is_no_obstacle(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("ALTER ROLE datatier_master SET role = datatier_owner")
        connection.execute("ALTER ROLE datatier_master SET default_transaction_read_only = on")
        connection.execute("ALTER ROLE datatier_master SET search_path = nowhere")
        try:
            connection.execute("ALTER ROLE app CREATEDB")
            ready.bootstrap()
            assert ready.column("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'app'") == ["False"]
        finally:
            connection.execute("ALTER ROLE datatier_master RESET ALL")


def give_away_the_database(tier: Tier) -> None:
    with tier.admin() as connection:
        connection.execute(f"ALTER DATABASE {tier.database.name} OWNER TO rdsadmin".encode())


def test_a_database_that_the_master_does_not_own_is_reported_and_stops_nothing(ready: Tier) -> None:
    give_away_the_database(ready)
    ready.name = "prod"
    ready.write({"2_later": "CREATE TABLE later (id int);"})
    assert ready.bootstrap().applied == 1
    assert "WARNING The database cannot be marked with its environment" in ready.log.text
    assert "must be owner of database" in ready.log.text


def test_a_schema_that_nobody_could_give_to_its_owner_is_told_with_what_to_do(tier: Tier) -> None:
    give_away_the_database(tier)
    with pytest.raises(SessionUnfit, match=r"^datatier_owner may not create tables: .*Make the master the"):
        tier.bootstrap()


def test_what_a_role_outside_the_design_passed_on_is_reported_and_stops_nothing(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("CREATE ROLE stranger")
        try:
            connection.execute("GRANT USAGE ON SCHEMA public TO stranger")
            connection.execute("GRANT SELECT, TRUNCATE ON notes TO stranger WITH GRANT OPTION")
            connection.execute("SET ROLE stranger")
            connection.execute("GRANT TRUNCATE ON notes TO app")
            connection.execute("GRANT SELECT, TRUNCATE ON notes TO datatier_readonly")
            connection.execute("RESET ROLE")
            ready.bootstrap()
            for login in ("app", "datatier_readonly"):
                assert f"role {login} has TRUNCATE on table notes from stranger" in ready.log.text
            before = ready.column(STATE)
            ready.bootstrap()
            assert ready.column(STATE) == before
        finally:
            connection.execute("RESET ROLE; DROP OWNED BY stranger CASCADE; DROP ROLE stranger")
