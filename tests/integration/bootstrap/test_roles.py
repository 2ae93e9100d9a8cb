"""After a bootstrap each login can do its work and nothing more, whatever somebody changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier


def test_app_reads_writes_calls_and_counts(ready: Tier) -> None:
    with ready.connect("app") as connection:
        connection.execute("INSERT INTO notes (body) VALUES ('a'), ('b')")
        connection.execute("UPDATE notes SET body = shout(body)")
        connection.execute("DELETE FROM notes WHERE body = 'B'")
        assert connection.execute("SELECT body FROM notes").fetchall() == [("A",)]


REFUSED = [
    "CREATE TABLE more (id int)",
    "CREATE TEMPORARY TABLE more (id int)",
    "CREATE SCHEMA more",
    "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE notes ADD COLUMN more int",
    "DROP TABLE notes",
    "TRUNCATE notes",
    "CREATE INDEX ON notes (body)",
    "ALTER SEQUENCE notes_id_seq RESTART",
    "DROP TYPE mood",
    "SET ROLE datatier_owner",
    "CREATE ROLE more",
    "DELETE FROM _prisma_migrations",
    "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', '', '')",
]


@pytest.mark.parametrize("login", ["app", "readonly", "monitor", "backup"])
def test_no_application_login_changes_the_schema_or_its_record(ready: Tier, login: str) -> None:
    with ready.connect(login) as connection:
        for statement in REFUSED:
            with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
                connection.execute(statement.encode())


def test_app_does_not_even_see_the_record_of_migrations(ready: Tier) -> None:
    with ready.connect("app") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM _prisma_migrations")


@pytest.mark.parametrize("login", ["readonly", "backup"])
def test_readonly_and_backup_read_and_cannot_write(ready: Tier, login: str) -> None:
    with ready.connect(login) as connection:
        connection.execute("SELECT * FROM notes, notes_id_seq, _prisma_migrations")
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO notes (body) VALUES ('x')")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("INSERT INTO notes (body) VALUES ('x')")


def test_monitor_sees_other_sessions_and_statements_and_no_data(ready: Tier) -> None:
    with ready.connect("monitor") as connection:
        connection.execute("SELECT query FROM pg_stat_statements LIMIT 1").fetchall()
        hidden = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'"
        ).fetchone()
        assert hidden == (0,)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM notes")


def test_what_migrator_creates_by_hand_is_the_owners_and_covered_by_default(ready: Tier) -> None:
    with ready.connect("migrator") as connection:
        connection.execute("CREATE TABLE later (id serial PRIMARY KEY)")
        connection.execute("CREATE SCHEMA billing CREATE TABLE invoices (id int)")
        connection.execute("CREATE FUNCTION later_on() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    with ready.connect("app") as connection:
        connection.execute("INSERT INTO later DEFAULT VALUES")
        connection.execute("INSERT INTO billing.invoices VALUES (later_on())")
    with ready.connect("readonly") as connection:
        connection.execute("SELECT * FROM later, billing.invoices")
    owners = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relname IN ('later', 'invoices', 'notes')"
    assert ready.column(owners) == ["datatier_owner"]


def test_nobody_else_reaches_the_database_or_its_functions(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                ready.database.connect("stranger", "stranger")
            rights = connection.execute(
                "SELECT has_schema_privilege('stranger', 'public', 'USAGE'), "
                "has_function_privilege('stranger', 'shout(text)', 'EXECUTE')"
            ).fetchone()
            assert rights == (False, False)
        finally:
            connection.execute("DROP ROLE stranger")


def test_people_get_a_login_without_a_password_for_iam(ready: Tier) -> None:
    memberships = (
        "SELECT roleid::regrole FROM pg_auth_members WHERE member = 'engineer'::regrole "
        "ORDER BY roleid::regrole::text"
    )
    assert ready.column(memberships) == ["datatier_readonly", "rds_iam"]
    assert ready.column("SELECT rolpassword FROM pg_authid WHERE rolname = 'engineer'") == ["None"]


def test_people_who_are_withdrawn_lose_their_way_in(ready: Tier) -> None:
    ready.iam_logins = {"someone": "readwrite"}
    ready.bootstrap()
    ready.iam_logins = {"engineer": "readonly", "someone": "readwrite"}
    assert ready.column("SELECT count(*) FROM pg_auth_members WHERE member = 'engineer'::regrole") == ["0"]
    assert ready.column("SELECT count(*) FROM pg_auth_members WHERE member = 'someone'::regrole") == ["2"]


def test_the_database_says_which_environment_it_belongs_to(ready: Tier) -> None:
    said = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    assert ready.column(said) == ["datatier environment: dev"]
