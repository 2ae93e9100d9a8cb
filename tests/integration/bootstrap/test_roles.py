"""After a bootstrap each login can do its work and nothing more, whatever somebody changed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors

from lambdas.bootstrap.environment import LOGINS

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

SCHEMA = {
    "20260101000000_first": (
        "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);\n"
        "CREATE FUNCTION shout(words text) RETURNS text LANGUAGE sql AS $$ SELECT upper(words) $$;\n"
        "CREATE TYPE mood AS ENUM ('calm');\n"
    ),
}


@pytest.fixture
def ready(tier: Tier) -> Tier:
    tier.write(SCHEMA)
    tier.bootstrap()
    return tier


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


STATE = """
SELECT (SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('xmin', r.xmin::text) ORDER BY r.oid) FROM
pg_authid r) || (SELECT jsonb_agg(jsonb_build_array(m.*, m.xmin::text) ORDER BY m.roleid, m.member) FROM
pg_auth_members m) || (SELECT jsonb_agg(jsonb_build_array(c.oid, c.relacl::text, c.xmin::text) ORDER BY c.oid)
FROM pg_class c WHERE relnamespace = 'public'::regnamespace) || (SELECT jsonb_agg(jsonb_build_array(n.oid,
n.nspacl::text, n.xmin::text) ORDER BY n.oid) FROM pg_namespace n) || (SELECT
jsonb_agg(jsonb_build_array(d.oid, d.xmin::text) ORDER BY d.oid) FROM pg_default_acl d) || (SELECT
jsonb_agg(jsonb_build_array(s.*, s.xmin::text) ORDER BY s.*::text) FROM pg_db_role_setting s) || (SELECT
jsonb_agg(jsonb_build_array(d.oid, d.datacl::text, d.xmin::text)) FROM pg_database d WHERE datname =
current_database()) || (SELECT jsonb_agg(jsonb_build_array(p.*, p.xmin::text) ORDER BY started_at) FROM
_prisma_migrations p)
"""


def test_a_second_run_writes_no_row_of_the_catalogs_and_no_password(ready: Tier) -> None:
    before = ready.column(STATE)
    assert ready.bootstrap().applied == 0
    assert ready.column(STATE) == before


SPOILED = [
    "ALTER ROLE app CREATEDB CREATEROLE NOINHERIT CONNECTION LIMIT 0",
    "ALTER ROLE app NOLOGIN",
    "ALTER ROLE app VALID UNTIL '2001-01-01'",
    "ALTER ROLE app SET search_path = elsewhere",
    "ALTER ROLE app SET work_mem = '1MB'",
    "ALTER ROLE readonly RESET default_transaction_read_only",
    "ALTER ROLE migrator RESET role",
    "GRANT datatier_owner TO app WITH ADMIN OPTION",
    "REVOKE datatier_readwrite FROM app",
    "GRANT TRUNCATE ON notes TO app",
    "GRANT ALL ON notes, _prisma_migrations TO datatier_readwrite WITH GRANT OPTION",
    "GRANT ALL ON notes, _prisma_migrations TO PUBLIC",
    "REVOKE ALL ON notes FROM datatier_readonly",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION shout(text) TO PUBLIC",
    "ALTER SCHEMA public OWNER TO pg_database_owner",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner IN SCHEMA public GRANT TRUNCATE ON TABLES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner REVOKE SELECT ON TABLES FROM datatier_readonly",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
]
LASTING = """
SELECT (SELECT jsonb_agg(to_jsonb(r) - 'rolvaliduntil' - 'rolpassword' ORDER BY rolname) FROM pg_authid r
        WHERE rolname !~ '^(pg_|rds)')
    || (SELECT jsonb_agg(jsonb_build_array(roleid::regrole, member::regrole, admin_option)
        ORDER BY roleid::regrole::text, member::regrole::text) FROM pg_auth_members)
    || (SELECT jsonb_agg(s.setconfig ORDER BY s.setrole) FROM
        (SELECT setrole, (SELECT array_agg(x ORDER BY x) FROM unnest(setconfig) x) AS setconfig
         FROM pg_db_role_setting) s)
    || (SELECT jsonb_agg(jsonb_build_array(nspname, nspowner::regrole, acl.grantee, acl.privilege_type)
        ORDER BY nspname, acl.grantee, acl.privilege_type)
        FROM pg_namespace, aclexplode(nspacl) acl WHERE nspname = 'public')
    || (SELECT jsonb_agg(jsonb_build_array(relname, acl.grantee, acl.privilege_type, acl.is_grantable)
        ORDER BY relname, acl.grantee, acl.privilege_type)
        FROM pg_class, aclexplode(relacl) acl WHERE relnamespace = 'public'::regnamespace)
    || (SELECT jsonb_agg(jsonb_build_array(proname, acl.grantee, acl.privilege_type, acl.is_grantable)
        ORDER BY proname, acl.grantee)
        FROM pg_proc, aclexplode(proacl) acl WHERE proname = 'shout')
    || (SELECT jsonb_agg(jsonb_build_array(defaclobjtype, defaclnamespace, acl.grantee, acl.privilege_type)
        ORDER BY defaclobjtype, acl.grantee, acl.privilege_type)
        FROM pg_default_acl, aclexplode(defaclacl) acl)
"""


@pytest.mark.parametrize("statement", SPOILED)
def test_whatever_was_changed_by_hand_comes_back(ready: Tier, statement: str) -> None:
    before = ready.column(LASTING)
    with ready.admin() as connection:
        connection.execute(statement.encode())
    spoiled = ready.column(LASTING)
    ready.bootstrap()
    assert ready.column(LASTING) == before
    assert spoiled != before or "VALID UNTIL" in statement
    with ready.connect("app") as connection:
        connection.execute("INSERT INTO notes (body) VALUES ('still here')")


def test_what_only_a_superuser_can_mend_is_reported_and_stops_nothing(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("ALTER ROLE backup BYPASSRLS")
        connection.execute("CREATE TABLE foreign_to_us (id int)")
        connection.execute("GRANT pg_write_server_files TO app")
    ready.bootstrap()
    assert "role backup has BYPASSRLS, which only a superuser can take away" in ready.log.text
    assert (
        "the master may not do this: RevokeRole(role='pg_write_server_files', member='app'" in ready.log.text
    )
    assert "public.foreign_to_us (rdsadmin) is not owned by datatier_owner" in ready.log.text


def test_only_a_login_whose_password_differs_is_given_its_secrets(ready: Tier) -> None:
    query = (
        "SELECT rolpassword FROM pg_authid "
        "WHERE rolname IN ('app', 'backup', 'migrator', 'monitor', 'readonly') ORDER BY rolname"
    )
    before = ready.column(query)
    ready.passwords["monitor"] = "another one"
    ready.bootstrap()
    after = ready.column(query)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, True, False, True]
    ready.connect("monitor").close()


def test_the_alternating_twin_that_a_secret_names_is_made_like_its_original(ready: Tier) -> None:
    ready.users["readonly"] = "readonly_clone"
    ready.bootstrap()
    with ready.connect("readonly") as connection:
        connection.execute("SELECT * FROM notes")
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO notes (body) VALUES ('x')")
    before = ready.column(STATE)
    ready.bootstrap()
    assert ready.column(STATE) == before


def test_passwords_are_nowhere_but_in_their_secrets(ready: Tier) -> None:
    ready.passwords["app"] = "changed-" + ready.passwords["app"]
    ready.bootstrap()
    server_log = Path(ready.database.server.log).read_text(encoding="utf-8", errors="replace")
    assert 'ALTER ROLE "app" PASSWORD \'SCRAM-SHA-256$' in server_log
    statements = "\n".join(ready.column("SELECT query FROM pg_stat_statements"))
    for login in LOGINS:
        secret = ready.passwords[login]
        for place in (server_log, statements, ready.log.text):
            assert secret not in place
            assert secret.replace("'", "''") not in place
