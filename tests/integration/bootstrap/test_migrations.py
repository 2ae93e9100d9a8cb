"""A Prisma history is applied script by script; what fails says where, and can be corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    AppliedScriptEdited,
    FailedEarlier,
    LockNotObtained,
    MigrationFailed,
    SchemaNotEmpty,
    ScriptRefused,
)
from lambdas.bootstrap.migrations.run import apply_history
from lambdas.bootstrap.run import MIGRATIONS
from lambdas.common.errors import ServerUnreachable
from tools.servers.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)


def test_a_history_is_applied_in_order_and_recorded_as_prisma_records_it(tier: Tier) -> None:
    tier.write(
        {
            "2_second": "ALTER TABLE a ADD COLUMN b int;\n",
            "1_first": "CREATE TABLE a (id int);\n",
            "3_third copy": "-- nothing to do\n",
            "4_empty": "",
        }
    )
    result = tier.bootstrap()
    assert (result.applied, result.latest) == (4, "4_empty")
    assert tier.applied() == ["1_first", "2_second", "3_third copy", "4_empty"]
    rows = tier.column(
        "SELECT row(length(id), length(checksum), logs, rolled_back_at, applied_steps_count, "
        "started_at < finished_at)::text "
        "FROM _prisma_migrations"
    )
    assert set(rows) == {"(36,64,,,1,t)"}


def test_the_projects_own_history_is_applied_and_every_table_is_the_owners(tier: Tier) -> None:
    names = sorted(folder.parent.name for folder in MIGRATIONS.glob("*/migration.sql"))
    result = tier.bootstrap(migrations=MIGRATIONS)
    assert tier.applied() == names
    assert result.applied == len(names)
    owners = (
        "SELECT DISTINCT relowner::regrole FROM pg_class "
        "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    assert tier.column(owners) == ["datatier_owner"]
    assert tier.bootstrap(migrations=MIGRATIONS).applied == 0


BROKEN = {
    "in a plain script": "CREATE TABLE a (id int);\nCREATE TABEL b (id int);\n",
    "in a wrapped script": "BEGIN;\nCREATE TABEL b (id int);\nCOMMIT;\n",
    "behind a line comment without an end of line": "CREATE TABLE a (id int);\nCREATE TABEL b (id "
    "int) -- the end",
    "with the line ends of Windows": "CREATE TABLE a (id int);\r\nCREATE TABEL b (id int);\r\n",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN.keys())
def test_a_syntax_error_names_file_and_line_leaves_nothing_and_the_corrected_file_succeeds(
    tier: Tier, script: str
) -> None:
    tier.write(
        {"1_good": "CREATE TABLE good (id int);", "2_bad": script, "3_later": "CREATE TABLE later (id int);"}
    )
    with pytest.raises(MigrationFailed) as failure:
        tier.bootstrap()
    first, line, caret = str(failure.value).splitlines()[:3]
    assert first == (
        "P3018: migration 2_bad failed at prisma/migrations/2_bad/migration.sql:2:8: "
        'syntax error at or near "TABEL" (42601)'
    )
    assert line.strip().startswith("CREATE TABEL b")
    assert caret.index("^") == line.index("TABEL")
    assert tier.column(TABLES) == ["_prisma_migrations", "good"]
    tier.write({"2_bad": script.replace("TABEL", "TABLE")})
    assert tier.bootstrap().applied == 2
    assert tier.applied() == ["1_good", "2_bad", "3_later"]
    states = tier.column(
        "SELECT row(finished_at IS NOT NULL, rolled_back_at IS NOT NULL, logs LIKE 'P3018%')::text "
        "FROM _prisma_migrations WHERE migration_name = '2_bad' ORDER BY started_at"
    )
    assert states == ["(f,t,t)", "(t,f,)"]


def test_an_error_without_a_position_names_the_statement_it_stopped_at(tier: Tier) -> None:
    tier.write(
        {
            "1_twice": "CREATE TABLE a (id int);\nSELECT ';';\n\n/* again */ CREATE TABLE a (id "
            "int);\nSELECT 1;"
        }
    )
    with pytest.raises(MigrationFailed, match=r'migration\.sql:4:13: relation "a" already exists \(42P07\)'):
        tier.bootstrap()


def test_what_fails_only_at_the_commit_is_still_one_transaction(tier: Tier) -> None:
    tier.write(
        {
            "1_deferred": "BEGIN;\nCREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE "
            "INITIALLY DEFERRED);\n"
            "INSERT INTO a VALUES (1, 2);\nCOMMIT;\n",
        }
    )
    with pytest.raises(MigrationFailed, match="violates foreign key constraint") as failure:
        tier.bootstrap()
    assert "Nothing of it was kept" in str(failure.value)
    assert tier.column(TABLES) == ["_prisma_migrations"]


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("BEGIN; CREATE TABLE a (id int); COMMIT; CREATE TABEL b (id int);", []),
        ("BEGIN; CREATE TABLE a (id int); COMMIT; SELECT 1/0;", ["a"]),
        ("CREATE SEQUENCE s; SELECT setval('s', 7); SELECT 1/0;", []),
        ("BEGIN; CREATE TABLE a (id int); COMMIT; BEGIN; CREATE TABLE b (id int);", ["a"]),
        ("BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; SELECT 1/0;", ["a"]),
    ],
)
def test_a_script_that_may_have_left_something_blocks_until_a_person_has_decided(
    tier: Tier, script: str, left: list[str]
) -> None:
    tier.write({"1_several": script})
    with pytest.raises(MigrationFailed, match="What it left behind is not certain"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations", *left]
    tier.write({"1_several": "SELECT 1;"})
    with pytest.raises(FailedEarlier, match=r"^P3009: migration 1_several .* `prisma migrate resolve"):
        tier.bootstrap()
    with tier.admin() as connection:
        connection.execute("UPDATE _prisma_migrations SET rolled_back_at = now()")
    assert tier.bootstrap().applied == 1


@pytest.mark.parametrize(
    "script", ["BEGIN;\nCREATE TABLE a (id int);\n", "START TRANSACTION; CREATE TABLE a (id int)"]
)
def test_an_unclosed_transaction_is_refused_and_leaves_nothing(tier: Tier, script: str) -> None:
    tier.write({"1_open": script})
    with pytest.raises(MigrationFailed, match="leaves a transaction open"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations"]
    tier.write({"1_open": script + "; COMMIT;"})
    assert tier.bootstrap().applied == 1


ODD = {
    "isolation level": (
        "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a (id int); COMMIT; -- done"
    ),
    "the other words for commit": "BEGIN; CREATE TABLE a (id int); END TRANSACTION;",
    "settings and roles left behind": (
        "SELECT set_config('search_path', '', false); RESET ROLE; CREATE TABLE public.a ()"
    ),
    "percent, colon and dollar": (
        "CREATE TABLE a (id int); SELECT '100%', '%s', ':name', $$;'%s$$, $q$x;$q$;"
    ),
    "savepoints": "BEGIN; CREATE TABLE a (); SAVEPOINT s; DROP TABLE a; ROLLBACK TO s; RELEASE s; COMMIT;",
    "semicolons in bodies": (
        "CREATE TABLE a (id int);"
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;"
        "CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);"
    ),
    "comment at the end": "CREATE TABLE a (id int) /* ; */ -- ; x",
    "an extension that the owner may create": (
        'CREATE EXTENSION IF NOT EXISTS "pgcrypto"; CREATE TABLE a (id int);'
    ),
    "the public schema": (
        'CREATE SCHEMA IF NOT EXISTS "public"; CREATE TEMP TABLE t (); CREATE TABLE a (id int);'
    ),
}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD.keys())
def test_scripts_of_every_shape_are_applied_and_recorded(tier: Tier, script: str) -> None:
    tier.write({"1_odd": script, "2_next": "ALTER TABLE a ADD COLUMN x int;"})
    assert tier.bootstrap().applied == 2
    assert tier.bootstrap().applied == 0
    assert tier.column(TABLES) == ["_prisma_migrations", "a"]


def test_an_index_is_built_concurrently_when_it_is_its_migrations_sole_statement(tier: Tier) -> None:
    tier.write(
        {
            "1_table": "CREATE TABLE a (id int);",
            "2_index": "-- beside the application\nCREATE INDEX CONCURRENTLY i ON a (id);\n",
        }
    )
    assert tier.bootstrap().applied == 2
    assert tier.column("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == ["True"]


def test_an_index_built_concurrently_among_others_is_refused_with_what_to_do(tier: Tier) -> None:
    tier.write({"1_both": "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\n"})
    with pytest.raises(MigrationFailed, match=r"migration\.sql:2:1: .*\(25001\)") as failure:
        tier.bootstrap()
    assert "sole statement of its migration" in str(failure.value)
    assert tier.column(TABLES) == ["_prisma_migrations"]


@pytest.mark.parametrize("script", ["COPY a FROM stdin;\n1\n\\.\n", "SELECT 1;\n\\i other.sql\n"])
def test_what_only_psql_can_run_is_refused_before_anything_runs(tier: Tier, script: str) -> None:
    tier.write({"1_table": "CREATE TABLE a (id int);", "2_psql": script})
    with pytest.raises(ScriptRefused, match=r"2_psql/migration\.sql:\d: .*only psql"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations"]


def test_a_script_that_deletes_its_own_record_is_reported(tier: Tier) -> None:
    tier.write({"1_squash": "CREATE TABLE a (id int); DELETE FROM _prisma_migrations;"})
    with pytest.raises(MigrationFailed, match="removed its own row"):
        tier.bootstrap()


def test_tables_without_a_record_are_not_touched(tier: Tier) -> None:
    tier.write({"1_first": "CREATE TABLE a (id int);"})
    with tier.database.connect() as connection:
        connection.execute("CREATE TABLE older (id int)")
    with pytest.raises(SchemaNotEmpty, match=r"^P3005: the database has tables \(older\)"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["older"]


def test_an_applied_script_may_not_change_but_its_line_ends_may(tier: Tier) -> None:
    tier.write({"1_first": "CREATE TABLE a (\n id int);\n"})
    tier.bootstrap()
    tier.write({"1_first": "CREATE TABLE a (\r\n id int);\r\n"})
    assert tier.bootstrap().applied == 0
    tier.write({"1_first": "CREATE TABLE a (\n id bigint);\n", "2_second": "CREATE TABLE b (id int);"})
    with pytest.raises(AppliedScriptEdited, match=r"1_first/migration\.sql was changed"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations", "a"]


def test_a_deployment_rolled_back_to_an_older_package_succeeds_and_undoes_nothing(
    tier: Tier, tmp_path: Path
) -> None:
    older = tmp_path / "older"
    older.mkdir()
    tier.write({"1_first": "CREATE TABLE a (id int);"})
    tier.bootstrap()
    (tier.migrations / "1_first").rename(older / "1_first")
    tier.write(
        {
            "1_first": "CREATE TABLE a (id int);",
            "2_second": "CREATE TABLE b (id int);",
            "3_broken": "BEGIN; CREATE TABLE c (id int); COMMIT; SELECT 1/0;",
        }
    )
    with pytest.raises(MigrationFailed):
        tier.bootstrap()
    assert tier.bootstrap(migrations=older).applied == 0
    assert tier.column(TABLES) == ["_prisma_migrations", "a", "b", "c"]
    assert (
        "The database is ahead of this package, which undoes nothing {'migrations': ['2_second']}"
        in tier.log.text
    )
    assert "does not have failed earlier {'migration': '3_broken'}" in tier.log.text


def test_a_run_waits_for_another_run_and_gives_up_with_prismas_code(tier: Tier) -> None:
    tier.bootstrap()
    with tier.connect("migrator") as holder, tier.connect("migrator") as connection:
        holder.execute("SELECT pg_advisory_lock(72707369)")
        with pytest.raises(LockNotObtained, match=r"^P1002"):
            apply_history(connection, history=(), log=tier.log, lock_wait_seconds=0.2)


def test_an_extension_that_is_not_supported_fails_with_its_name(tier: Tier) -> None:
    tier.extensions = ("pg_stat_statements", "no_such_extension")
    with pytest.raises(Exception, match=r"extension no_such_extension of bootstrap.extensions is refused"):
        tier.bootstrap()


def test_a_server_that_another_authority_vouches_for_is_not_talked_to(tier: Tier, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(ServerUnreachable, match="certificate verify failed"):
        tier.bootstrap(ca_bundle=stranger.ca_path)


def test_errors_never_carry_a_password(tier: Tier, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(ServerUnreachable) as failure:
        tier.bootstrap(ca_bundle=stranger.ca_path)
    chain = [failure.value, failure.value.__cause__]
    for secret in (*tier.passwords.values(), tier.database.master_password):
        assert all(secret not in repr(error) for error in chain)
