"""Grants and event triggers come back after all that they would have hindered; grants of grantees too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from containers.backup.compare import differences
from containers.backup.errors import TargetRefused
from containers.backup.restore.unfinished import SCHEMA
from tests.integration.backup.restore.conftest import OWNERS, superuser

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.backup.restore.conftest import Ground
    from tests.plugins.servers import Database

    BackedUp = Callable[..., Ground]

APPEND_ONLY = """
CREATE SCHEMA books;
GRANT USAGE, CREATE ON SCHEMA books TO restore_owner;
CREATE TABLE books.ledger (id int PRIMARY KEY, entry text);
INSERT INTO books.ledger VALUES (1, 'one');
CREATE TABLE books.line (ledger int REFERENCES books.ledger);
INSERT INTO books.line VALUES (1);
ALTER TABLE books.ledger OWNER TO restore_owner;
ALTER TABLE books.line OWNER TO restore_owner;
SET ROLE restore_owner;
REVOKE INSERT, UPDATE, DELETE, REFERENCES ON books.ledger, books.line FROM restore_owner;
RESET ROLE;
REVOKE CREATE ON SCHEMA books FROM restore_owner;
"""
GRANTEE = sql.Identifier(OWNERS[1]).as_string(None)
BY_A_GRANTEE = """
CREATE SCHEMA lent;
GRANT USAGE ON SCHEMA lent TO {GRANTEE} WITH GRANT OPTION;
CREATE TABLE lent.book (id int, title text);
INSERT INTO lent.book VALUES (1, 'one');
GRANT SELECT, INSERT (id) ON lent.book TO {GRANTEE} WITH GRANT OPTION;
SET ROLE {GRANTEE};
GRANT USAGE ON SCHEMA lent TO restore_reader;
GRANT SELECT, INSERT (id) ON lent.book TO restore_reader;
RESET ROLE;
CREATE MATERIALIZED VIEW lent.titles AS SELECT title FROM lent.book;
""".replace("{GRANTEE}", GRANTEE)
GUARDED = """
CREATE TABLE public.told (tag text);
CREATE MATERIALIZED VIEW public.seen AS SELECT count(*) FROM public.told;
CREATE FUNCTION public.frozen() RETURNS event_trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'nothing is altered here: %', tg_tag; END$$;
GRANT SELECT ON public.told TO restore_reader;
CREATE EVENT TRIGGER frozen ON ddl_command_end EXECUTE FUNCTION public.frozen();
COMMENT ON EVENT TRIGGER frozen IS 'it; stays';
CREATE EVENT TRIGGER gone ON sql_drop EXECUTE FUNCTION public.frozen();
ALTER EVENT TRIGGER gone DISABLE;
"""
TRIGGERS = (
    "SELECT evtname, evtenabled, pg_catalog.obj_description(oid, 'pg_event_trigger') "
    "FROM pg_catalog.pg_event_trigger ORDER BY evtname"
)


def found(ground: Ground, database: Database) -> list[str]:
    with database.server.admin_connection(database.name) as connection:
        return differences(ground.manifest, connection, streams=2)


def restore_as_superuser(ground: Ground, database: Database) -> None:
    user, password = superuser(database)
    ground.restore(database, user=user, password=password)


def test_rows_come_back_into_a_table_whose_owner_may_not_write(backed_up: BackedUp) -> None:
    ground = backed_up(APPEND_ONLY)
    database = ground.new_database()
    ground.restore(database)
    assert found(ground, database) == []
    with database.server.admin_connection(database.name) as connection:
        connection.execute("DROP TABLE books.line, books.ledger")
    ground.restore(database, tables=["books.ledger", "books.line"])
    assert found(ground, database) == []


def test_what_a_grantee_has_granted_is_granted_by_it_again(backed_up: BackedUp) -> None:
    ground = backed_up(BY_A_GRANTEE)
    database = ground.new_database()
    ground.restore(database)
    assert found(ground, database) == []
    with database.connect() as connection:
        grants = connection.execute(
            "SELECT a.privilege_type, a.grantor::regrole::text FROM pg_class AS c, aclexplode(c.relacl) AS a "
            "WHERE c.oid = 'lent.book'::regclass AND a.grantee = 'restore_reader'::regrole"
        ).fetchall()
    assert grants == [("SELECT", GRANTEE)]


def test_a_login_that_could_not_grant_as_a_grantee_is_refused(backed_up: BackedUp) -> None:
    ground = backed_up(BY_A_GRANTEE)
    database = ground.new_database()
    master, owner = sql.Identifier(database.master_username), sql.Identifier(OWNERS[1])
    with database.server.admin_connection() as connection:
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(owner, master))
        try:
            with pytest.raises(TargetRefused, match=f"GRANT {GRANTEE} TO"):
                ground.restore(database)
        finally:
            connection.execute(sql.SQL("GRANT {} TO {}").format(owner, master))
    assert not schemas(database, "lent", SCHEMA)


def test_event_triggers_hinder_no_restore_and_come_back_with_its_end(backed_up: BackedUp) -> None:
    ground = backed_up(GUARDED, superuser=True)
    database = ground.new_database()
    restore_as_superuser(ground, database)
    assert found(ground, database) == []
    with database.connect() as connection:
        assert connection.execute(TRIGGERS).fetchall() == [("frozen", "O", "it; stays"), ("gone", "D", None)]
    assert not schemas(database, SCHEMA)


def test_a_restore_that_is_killed_before_its_event_triggers_is_told_as_unfinished(
    backed_up: BackedUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = backed_up(GUARDED, superuser=True)
    database = ground.new_database()

    class Deadly(list[object]):
        def append(self, told: object) -> None:
            if getattr(told, "message", "") == "Making event triggers":
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ground, "told", Deadly())
        with pytest.raises(KeyboardInterrupt):
            restore_as_superuser(ground, database)
    with pytest.raises(TargetRefused, match="has not ended"):
        restore_as_superuser(ground, database)


def schemas(database: Database, *names: str) -> bool:
    """Whether one of them is there."""
    with database.connect() as connection:
        ((count,),) = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)", (list(names),)
        ).fetchall()
    return bool(count)
