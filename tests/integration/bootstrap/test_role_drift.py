"""A second bootstrap changes nothing that is right, and brings back what somebody changed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import errors

from lambdas.bootstrap.environment import LOGINS

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

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
    "GRANT TRUNCATE ON notes TO app WITH GRANT OPTION; SET ROLE app; GRANT TRUNCATE ON notes TO monitor",
    (
        "GRANT SELECT ON notes TO datatier_readwrite WITH GRANT OPTION; REVOKE SELECT ON notes FROM "
        "datatier_readonly; SET ROLE app; GRANT SELECT ON notes TO datatier_readonly"
    ),
    "GRANT UPDATE (body), SELECT (body) ON notes TO datatier_readonly, app",
    "REVOKE ALL ON notes FROM datatier_readonly",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION shout(text) TO PUBLIC",
    "ALTER SCHEMA public OWNER TO pg_database_owner",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner IN SCHEMA public GRANT TRUNCATE ON TABLES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner REVOKE SELECT ON TABLES FROM datatier_readonly",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner GRANT USAGE ON TYPES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE datatier_owner GRANT ALL ON SCHEMAS TO PUBLIC",
    "ALTER ROLE datatier_owner LOGIN CREATEDB",
    "ALTER ROLE engineer CREATEROLE CONNECTION LIMIT 3",
    "ALTER ROLE datatier_readonly SET search_path = elsewhere",
    (
        "DO $$ BEGIN EXECUTE format('ALTER ROLE app IN DATABASE %I SET search_path = x', "
        "current_database()); END $$"
    ),
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = x', current_database()); END $$",
    (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', "
        "current_database()); END $$"
    ),
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 20', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO PUBLIC, app', current_database()); END $$",
    "DO $$ BEGIN EXECUTE 'REVOKE CONNECT ON DATABASE '||current_database()||' FROM datatier_backup'; END $$",
    "GRANT datatier_readwrite TO app WITH ADMIN OPTION",
    "GRANT migrator TO app",
    "REVOKE pg_monitor FROM datatier_monitor",
    "REVOKE datatier_monitor FROM monitor",
    "REVOKE rds_iam FROM engineer",
    "GRANT CREATE ON SCHEMA public TO app WITH GRANT OPTION",
    "REVOKE USAGE ON SCHEMA public FROM datatier_readwrite",
    "REVOKE ALL ON SEQUENCE notes_id_seq FROM datatier_readwrite",
    "GRANT UPDATE ON SEQUENCE notes_id_seq TO app",
    "REVOKE EXECUTE ON FUNCTION shout(text) FROM datatier_readwrite",
    "GRANT USAGE ON TYPE mood TO app WITH GRANT OPTION",
    "REVOKE USAGE ON TYPE mood FROM PUBLIC",
    "ALTER TABLE notes OWNER TO datatier_master",
    "ALTER FUNCTION shout(text) OWNER TO migrator",
    "ALTER TYPE mood OWNER TO datatier_master",
]
LASTING = """
SELECT (SELECT jsonb_agg(to_jsonb(r) - 'rolpassword'
        || jsonb_build_object('rolvaliduntil', coalesce(rolvaliduntil, 'infinity')) ORDER BY rolname)
        FROM pg_authid r WHERE rolname !~ '^(pg_|rds)')
    || (SELECT jsonb_agg(jsonb_build_array(roleid::regrole, member::regrole, admin_option)
        ORDER BY roleid::regrole::text, member::regrole::text) FROM pg_auth_members)
    || (SELECT jsonb_agg(s.setconfig ORDER BY s.setrole) FROM
        (SELECT setrole, (SELECT array_agg(x ORDER BY x) FROM unnest(setconfig) x) AS setconfig
         FROM pg_db_role_setting) s)
    || (SELECT jsonb_agg(jsonb_build_array(nspname, nspowner::regrole, acl.grantee, acl.privilege_type)
        ORDER BY nspname, acl.grantee, acl.privilege_type)
        FROM pg_namespace, aclexplode(nspacl) acl WHERE nspname = 'public')
    || (SELECT jsonb_agg(jsonb_build_array(relname, acl.grantee, acl.privilege_type, acl.is_grantable,
        acl.grantor) ORDER BY relname, acl.grantee, acl.privilege_type)
        FROM pg_class, aclexplode(relacl) acl WHERE relnamespace = 'public'::regnamespace)
    || (SELECT coalesce(jsonb_agg(attacl::text), '[]') FROM pg_attribute WHERE attacl IS NOT NULL
        AND attrelid = 'public.notes'::regclass)
    || (SELECT jsonb_agg(jsonb_build_array(proname, acl.grantee, acl.privilege_type, acl.is_grantable)
        ORDER BY proname, acl.grantee)
        FROM pg_proc, aclexplode(proacl) acl WHERE proname = 'shout')
    || (SELECT jsonb_agg(jsonb_build_array(defaclobjtype, defaclnamespace, acl.grantee, acl.privilege_type)
        ORDER BY defaclobjtype, acl.grantee, acl.privilege_type)
        FROM pg_default_acl, aclexplode(defaclacl) acl)
    || (SELECT jsonb_agg(jsonb_build_array(typowner::regrole, acl.grantee, acl.privilege_type,
        acl.is_grantable) ORDER BY acl.grantee)
        FROM pg_type, aclexplode(coalesce(typacl, acldefault('T', typowner))) acl WHERE typname = 'mood')
    || (SELECT jsonb_agg(jsonb_build_array(proowner::regrole, relowner::regrole)) FROM pg_proc, pg_class
        WHERE proname = 'shout' AND relname = 'notes')
    || (SELECT jsonb_agg(jsonb_build_array(datconnlimit, acl.grantee, acl.privilege_type)
        ORDER BY acl.grantee, acl.privilege_type)
        FROM pg_database, aclexplode(datacl) acl WHERE datname = current_database())
"""


@pytest.mark.parametrize("statement", SPOILED)
def test_whatever_was_changed_by_hand_comes_back(ready: Tier, statement: str) -> None:
    before = ready.column(LASTING)
    with ready.admin() as connection:
        connection.execute(statement.encode())
    spoiled = ready.column(LASTING)
    ready.bootstrap()
    assert ready.column(LASTING) == before
    assert spoiled != before
    with ready.connect("app") as connection:
        connection.execute("INSERT INTO notes (body) VALUES ('still here')")


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
