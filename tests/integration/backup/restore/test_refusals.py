"""What cannot be restored there is refused before anything is changed, with words that say what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from containers.backup.errors import BackupInvalid, DigestMismatch, ObjectMissing, RestoreError, TargetRefused
from containers.backup.manifest import encode
from lambdas.common.backup_layout import MANIFEST, SCHEMA
from lambdas.common.errors import LoginRefused, ServerUnreachable
from tests.integration.backup.restore.conftest import OWNERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.backup.restore.conftest import Ground
    from tests.integration.backup.restore.shelf import Shelf
    from tests.plugins.servers import Database


def pretend(ground: Ground, shelf: Shelf, **changes: Any) -> None:  # noqa: ANN401  any field of a manifest
    """Let the manifest say something else."""
    manifest = replace(ground.manifest, **changes)
    shelf.objects[str(ground.backup), MANIFEST] = encode(manifest)


def untouched(database: Database) -> bool:
    with database.connect() as connection:
        ((tables, schemas),) = connection.execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace), "
            "(SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_')"
        ).fetchall()
    return (tables, schemas) == (0, 2)


def test_an_older_server_is_refused_and_a_newer_one_is_not(ground: Ground, shelf: Shelf) -> None:
    database = ground.new_database()
    pretend(ground, shelf, server_version=160002)
    with pytest.raises(TargetRefused, match=r"is PostgreSQL 15, and the backup \S+ is of 16"):
        ground.restore(database)
    assert untouched(database)
    pretend(ground, shelf, server_version=140012)
    ground.restore(database)


def test_another_encoding_is_refused(ground: Ground, shelf: Shelf) -> None:
    pretend(ground, shelf, encoding="LATIN1")
    with pytest.raises(TargetRefused, match="ENCODING 'LATIN1' TEMPLATE template0"):
        ground.restore(ground.new_database())


def test_all_missing_roles_are_named_at_once_with_what_makes_them(ground: Ground, shelf: Shelf) -> None:
    pretend(ground, shelf, roles=(*ground.manifest.roles, "zoe", 'Ann "A"'))
    database = ground.new_database()
    with pytest.raises(TargetRefused) as refused:
        ground.restore(database)
    said = str(refused.value)
    assert 'Ann "A", zoe' in said
    assert 'CREATE ROLE "Ann ""A""" NOLOGIN; CREATE ROLE "zoe" NOLOGIN;' in said
    assert "bootstrap" in said
    assert untouched(database)


def test_an_extension_that_the_server_lacks_is_named(ground: Ground, shelf: Shelf) -> None:
    extensions = {**ground.manifest.facts["extensions"], "postgis": "in schema public"}
    pretend(ground, shelf, facts={**ground.manifest.facts, "extensions": extensions})
    with pytest.raises(TargetRefused, match="no extension postgis"):
        ground.restore(ground.new_database())


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ('CREATE TABLE "Mine" (id int)', 'table public."Mine"'),
        ("CREATE SCHEMA audit", "schema audit"),
        ("CREATE TYPE mood AS ENUM ('x')", "type public.mood"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.f"),
        ("SELECT lo_create(0)", "large objects"),
    ],
)
def test_a_database_that_holds_anything_is_refused_unless_told(
    ground: Ground, statement: str, named: str
) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute(statement.encode())
    with pytest.raises(TargetRefused, match=r"is not empty: it holds .*CREATE DATABASE") as refused:
        ground.restore(database)
    assert named in str(refused.value)


def test_a_database_that_holds_something_else_is_restored_into_when_told(ground: Ground) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute("CREATE TABLE elsewhere (id int); CREATE EXTENSION citext")
    ground.restore(database, allow_non_empty=True)
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM elsewhere, things").fetchall() == [(0,)]


def test_extensions_alone_are_no_content(ground: Ground) -> None:
    database = ground.new_database()
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION citext")
    ground.restore(database)


def test_a_login_that_could_not_hand_objects_over_is_refused(ground: Ground) -> None:
    database = ground.new_database()
    server = database.server
    grants = sql.SQL("GRANT {} TO {}")
    names = [(sql.Identifier(owner), sql.Identifier(database.master_username)) for owner in OWNERS]
    with server.admin_connection() as connection:
        for owner, master in names:
            connection.execute(sql.SQL("REVOKE {} FROM {}").format(owner, master))
        try:
            with pytest.raises(TargetRefused) as refused:
                ground.restore(database)
        finally:
            for owner, master in names:
                connection.execute(grants.format(owner, master))
    for owner, master in names:
        assert f"{grants.format(owner, master).as_string(None)};" in str(refused.value)
    assert untouched(database)


def test_who_may_not_create_in_the_database_is_told_whose_login_can(ground: Ground) -> None:
    database = ground.new_database()
    with database.server.admin_connection() as connection:
        connection.execute("CREATE ROLE visitor LOGIN")
        try:
            connection.execute(
                connection.pgconn.encrypt_password(b"x", b"visitor", b"scram-sha-256").join(
                    (b"ALTER ROLE visitor PASSWORD '", b"'")
                )
            )
            with pytest.raises(TargetRefused, match=r"visitor may not create .* the database's owner"):
                ground.restore(database, user="visitor", password="x")  # noqa: S106  of this moment
        finally:
            connection.execute("DROP ROLE visitor")


def test_a_server_that_is_not_there_or_does_not_know_the_login_is_named(ground: Ground) -> None:
    database = ground.new_database()
    with pytest.raises(LoginRefused, match="database Restored"):
        ground.restore(database, password="wrong")  # noqa: S106  on purpose
    with pytest.raises(ServerUnreachable, match="database Restored"):
        ground.restore(database, port=1)


def test_a_server_that_goes_away_while_it_is_looked_at_is_told_in_words(ground: Ground, shelf: Shelf) -> None:
    database = ground.new_database()

    def cut(_: str) -> None:
        with database.server.admin_connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
            )

    shelf.during = cut
    with pytest.raises(RestoreError, match=r"restore into database Restored .* has failed: "):
        ground.restore(database)
    assert untouched(database)


def altered(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


SPOILT: list[tuple[str, Callable[[bytes], bytes | None], type[Exception]]] = [
    ("flipped", altered, DigestMismatch),
    ("cut off", lambda content: content[:-1], DigestMismatch),
    ("missing", lambda _: None, ObjectMissing),
]


def spoil(ground: Ground, shelf: Shelf, key: str, how: Callable[[bytes], bytes | None]) -> None:
    content = how(shelf.objects.pop((str(ground.backup), key)))
    if content is not None:
        shelf.objects[str(ground.backup), key] = content


@pytest.mark.parametrize(("how", "kind"), [one[1:] for one in SPOILT], ids=[one[0] for one in SPOILT])
def test_a_schema_that_is_not_what_was_written_changes_nothing(
    ground: Ground, shelf: Shelf, how: Callable[[bytes], bytes | None], kind: type[Exception]
) -> None:
    database = ground.new_database()
    spoil(ground, shelf, SCHEMA, how)
    with pytest.raises(kind):
        ground.restore(database)
    assert untouched(database)


@pytest.mark.parametrize(("how", "kind"), [one[1:] for one in SPOILT], ids=[one[0] for one in SPOILT])
def test_rows_that_are_not_what_was_written_are_never_in_a_table(
    ground: Ground, shelf: Shelf, how: Callable[[bytes], bytes | None], kind: type[Exception]
) -> None:
    database = ground.new_database()
    (things,) = (table for table in ground.manifest.tables if table.name == "things")
    spoil(ground, shelf, things.chunks[0].key, how)
    with pytest.raises(kind):
        ground.restore(database)
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchall() == [(0,)]


@pytest.mark.parametrize(("how", "kind"), [one[1:] for one in SPOILT], ids=[one[0] for one in SPOILT])
def test_large_objects_that_are_not_what_was_written_fail_the_restore(
    ground: Ground, shelf: Shelf, how: Callable[[bytes], bytes | None], kind: type[Exception]
) -> None:
    assert ground.manifest.large_objects is not None
    spoil(ground, shelf, ground.manifest.large_objects.archive.key, how)
    with pytest.raises((kind, RestoreError)):
        ground.restore(ground.new_database())


def test_a_table_with_other_rows_than_its_manifest_says_fails_the_restore(
    ground: Ground, shelf: Shelf
) -> None:
    tables = tuple(
        replace(table, rows=table.rows + 1) if table.name == "hens" else table
        for table in ground.manifest.tables
    )
    pretend(ground, shelf, tables=tables)
    with pytest.raises(BackupInvalid, match=r"public\.hens has 3 rows.* held 2 rows"):
        ground.restore(ground.new_database())


def test_rows_that_the_server_refuses_are_named_without_being_quoted(ground: Ground, shelf: Shelf) -> None:
    tables = tuple(
        replace(table, chunks=(), rows=0, copy_bytes=0)
        if table.name == "hens"
        else replace(table, name="hens", columns=("id", "egg"))
        if table.identity == "public.guarded"
        else table
        for table in ground.manifest.tables
    )
    pretend(ground, shelf, tables=tables)
    with pytest.raises(RestoreError, match=r"rows of public\.hens .* invalid input syntax") as refused:
        ground.restore(ground.new_database())
    assert "CONTEXT" not in str(refused.value)
