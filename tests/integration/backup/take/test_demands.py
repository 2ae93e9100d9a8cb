"""What a manifest asks of whoever restores it, no role more than is needed; and what is given way to."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace

import pytest
from psycopg import sql

from containers.backup import checksum
from containers.backup.errors import SourceError
from containers.backup.take import streams
from tests.integration.backup.take.taking import Taking
from tests.integration.backup.take.watched_store import once


def test_owners_of_what_belongs_to_extensions_are_not_asked_for(taking: Taking) -> None:
    taking.run("CREATE TABLE items (id int)")
    with taking.tier.admin() as admin:
        # As on RDS, where the extension's objects are rdsadmin's.
        admin.execute("CREATE EXTENSION pgcrypto SCHEMA public")
    manifest = taking.take()
    assert "rdsadmin" not in manifest.roles
    assert "datatier_owner" in manifest.roles
    assert taking.tier.database.master_username not in manifest.roles
    with taking.restored(manifest):
        pass


def test_a_role_that_was_granted_something_of_an_extension_is_asked_for(taking: Taking) -> None:
    name = f"grantee_{secrets.token_hex(4)}"
    with taking.tier.admin() as admin:
        admin.execute("CREATE EXTENSION pgcrypto SCHEMA public")
        admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        try:
            admin.execute(
                sql.SQL("GRANT EXECUTE ON FUNCTION public.gen_salt(text) TO {}").format(sql.Identifier(name))
            )
            assert name in taking.take().roles
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_a_database_of_another_encoding_is_refused(taking: Taking) -> None:
    server, name = taking.tier.database.server, f"latin_{secrets.token_hex(4)}"
    tier = replace(taking.tier, database=replace(taking.tier.database, name=name))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with server.admin_connection() as admin:
        admin.execute(create.format(sql.Identifier(name)))
        try:
            with pytest.raises(SourceError, match="encoding is LATIN1"):
                Taking(tier=tier, folder=taking.folder).take()
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    assert taking.store.files() == []


def test_who_waits_to_alter_a_table_makes_the_reading_of_the_schema_give_way(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checksum.PINNED, "lock_timeout", "60s")
    monkeypatch.setattr(streams, "_LOCK_MILLISECONDS", 500)
    taking.run("CREATE TABLE items (id int); INSERT INTO items VALUES (1)")
    taking.streams = 1

    migration = threading.Thread(target=taking.alter)

    def begin() -> None:
        migration.start()
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while taking.tier.column(waiting) == ["0"]:
            assert migration.is_alive()

    taking.store.during = once(begin, at="begin", of="schema")
    manifest = taking.take()
    migration.join()
    assert any(line.startswith("WARNING trying again") for line in taking.log.lines)
    (items,) = [table for table in manifest.tables if table.name == "items"]
    assert items.columns == ("id", "more")
