"""A Prisma history of any shape is applied in its order, and recorded as Prisma records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.extensions import ExtensionNotCreated, create_extensions
from lambdas.bootstrap.migrations.errors import (
    AppliedScriptEdited,
    MigrationFailed,
    SchemaNotEmpty,
)
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


@pytest.mark.parametrize(
    "script",
    [
        "VACUUM",
        "/* all */ VACUUM (ANALYZE) a; -- done",
        "REINDEX SCHEMA public;",
        "CLUSTER;",
        "DROP INDEX CONCURRENTLY IF EXISTS nothing;",
        "ALTER TABLE parted DETACH PARTITION part CONCURRENTLY;",
    ],
)
def test_whatever_refuses_a_transaction_runs_as_its_migrations_sole_statement(
    tier: Tier, script: str
) -> None:
    tables = (
        "CREATE TABLE a (id int); CREATE TABLE parted (id int) PARTITION BY LIST (id); "
        "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);"
    )
    tier.write({"1_tables": tables, "2_alone": script, "3_next": "ALTER TABLE a ADD COLUMN x int;"})
    assert tier.bootstrap().applied == 3
    assert tier.applied() == ["1_tables", "2_alone", "3_next"]
    assert tier.column("SELECT DISTINCT logs FROM _prisma_migrations") == ["None"]


def test_what_refuses_a_transaction_among_others_is_run_in_its_turn_and_every_step_is_counted(
    tier: Tier,
) -> None:
    tier.write(
        {
            "1_both": (
                "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nVACUUM a;\n"
                "CREATE INDEX CONCURRENTLY i ON a (id);\nINSERT INTO a VALUES (2);\n"
            )
        }
    )
    assert tier.bootstrap().applied == 1
    assert tier.column("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == ["True"]
    assert tier.column("SELECT id FROM a ORDER BY id") == ["1", "2"]
    assert tier.column("SELECT row(applied_steps_count, logs)::text FROM _prisma_migrations") == ["(5,)"]


def test_tables_without_a_record_are_not_touched(tier: Tier) -> None:
    tier.write({"1_first": "CREATE TABLE a (id int);"})
    with tier.database.connect() as connection:
        connection.execute("CREATE TABLE older (id int)")
    with pytest.raises(SchemaNotEmpty, match=r"^P3005: the database has tables \(older\)") as refusal:
        tier.bootstrap()
    assert "`prisma migrate resolve --applied NAME`" in str(refusal.value)
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
    assert "does not have is unfinished {'migration': '3_broken'}" in tier.log.text


def test_an_extension_that_is_not_supported_fails_with_its_name(tier: Tier) -> None:
    tier.extensions = ("pg_stat_statements", "no_such_extension")
    with pytest.raises(ExtensionNotCreated, match=r"extension no_such_extension .* rds\.extensions"):
        tier.bootstrap()


def test_an_extension_that_the_server_has_and_refuses_fails_with_the_servers_reason_alone(tier: Tier) -> None:
    tier.extensions = ("earthdistance",)
    with pytest.raises(ExtensionNotCreated, match=r"earthdistance .* refused: required extension") as failure:
        tier.bootstrap()
    assert "rds.extensions" not in str(failure.value)


def test_an_extension_with_a_schema_of_its_own_is_created_there_and_others_in_public(tier: Tier) -> None:
    with tier.admin() as connection:
        create_extensions(connection, names=("adminpack", "cube"), log=tier.log)
        create_extensions(connection, names=("adminpack", "cube"), log=tier.log)
    assert tier.column(
        "SELECT extname || ' in ' || extnamespace::regnamespace FROM pg_extension "
        "WHERE extname IN ('adminpack', 'cube') ORDER BY 1"
    ) == ["adminpack in pg_catalog", "cube in public"]


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
