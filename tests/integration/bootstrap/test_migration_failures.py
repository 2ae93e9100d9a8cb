"""A script that fails says where and what is left, and its corrected file is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    FailedEarlier,
    MigrationFailed,
    RecordChanged,
    ScriptRefused,
    TransactionLeftOpen,
)

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
ROWS = (
    "SELECT row(migration_name, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, "
    "applied_steps_count)::text FROM _prisma_migrations ORDER BY started_at"
)

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
    ("script", "left", "why"),
    [
        ("CREATE SEQUENCE s; SELECT setval('s', 7); SELECT 1/0;", [], "it uses setval"),
        ("BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; SELECT 1/0;", ["a"], "it chains or prepares"),
        (
            "DO $$ BEGIN CREATE TABLE a (id int); COMMIT; PERFORM 1/0; END $$;",
            ["a"],
            "it commits by itself",
        ),
    ],
    ids=["survives a rollback", "chains", "commits inside"],
)
def test_a_script_that_may_have_left_something_blocks_until_a_person_has_decided(
    tier: Tier, script: str, left: list[str], why: str
) -> None:
    tier.write({"1_several": script})
    with pytest.raises(MigrationFailed, match=f"What it left behind is not certain: {why}"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations", *left]
    tier.write({"1_several": "SELECT 1;"})
    with pytest.raises(FailedEarlier, match=r"^P3009: migration 1_several .* `prisma migrate resolve"):
        tier.bootstrap()
    with tier.admin() as connection:
        connection.execute("UPDATE _prisma_migrations SET rolled_back_at = now()")
    assert tier.bootstrap().applied == 1


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("CREATE TABEL b (id int);", 4),
        ("CREATE TABLE b AS SELECT 1/0;", 4),
        ("BEGIN; SELECT 1/0; COMMIT;", 4),
    ],
    ids=["syntax", "statement", "block"],
)
def test_what_fails_behind_a_committed_block_says_what_stays_and_its_corrected_file_goes_on_there(
    tier: Tier, broken: str, line: int
) -> None:
    block = "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"
    tier.write({"1_several": block + broken, "2_next": "CREATE TABLE c (id int);"})
    with pytest.raises(MigrationFailed, match=rf"^P3018: .*1_several/migration\.sql:{line}:") as failure:
        tier.bootstrap()
    assert "up to line 3 is committed and stays; nothing behind it is." in str(failure.value)
    assert tier.column(TABLES) == ["_prisma_migrations", "a"]
    assert tier.column(ROWS) == ["(1_several,f,f,1)"]
    tier.write({"1_several": f"{block}CREATE TABLE b (id int);"})
    assert tier.bootstrap().applied == 2
    assert tier.column(TABLES) == ["_prisma_migrations", "a", "b", "c"]
    assert tier.column(ROWS) == ["(1_several,t,f,2)", "(2_next,t,f,1)"]
    assert tier.bootstrap().applied == 0


@pytest.mark.parametrize(
    "script",
    [
        "BEGIN;\nCREATE TABLE a (id int);\n",
        "START TRANSACTION; CREATE TABLE a (id int)",
        "BEGIN; CREATE TABLE a (id int); COMMIT; BEGIN; CREATE TABLE b (id int);",
    ],
)
def test_a_transaction_that_is_left_open_is_refused_before_anything_runs(tier: Tier, script: str) -> None:
    tier.write({"1_good": "CREATE TABLE good (id int);", "2_open": script})
    with pytest.raises(TransactionLeftOpen, match=r"2_open/migration\.sql leaves a transaction open"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations"]
    assert tier.column(ROWS) == []
    tier.write({"2_open": script + "; COMMIT;"})
    assert tier.bootstrap().applied == 2


def test_a_block_that_tries_inside_what_must_stand_alone_leaves_nothing(tier: Tier) -> None:
    tier.write({"1_block": "DO $$ BEGIN CREATE TABLE a (id int); EXECUTE 'VACUUM'; END $$;"})
    with pytest.raises(MigrationFailed, match=r"\(25001\)") as failure:
        tier.bootstrap()
    assert "Nothing of it was kept" in str(failure.value)
    assert tier.column(TABLES) == ["_prisma_migrations"]


@pytest.mark.parametrize("script", ["COPY a FROM stdin;\n1\n\\.\n", "SELECT 1;\n\\i other.sql\n"])
def test_what_only_psql_can_run_is_refused_before_anything_runs(tier: Tier, script: str) -> None:
    tier.write({"1_table": "CREATE TABLE a (id int);", "2_psql": script})
    with pytest.raises(ScriptRefused, match=r"2_psql/migration\.sql:\d: .*only psql"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations"]


def test_a_script_that_deletes_its_own_record_is_reported_and_leaves_nothing(tier: Tier) -> None:
    tier.write({"1_squash": "CREATE TABLE a (id int); DELETE FROM _prisma_migrations;"})
    with pytest.raises(RecordChanged, match=r"removed while its migration ran, by .* the script itself"):
        tier.bootstrap()
    assert tier.column(TABLES) == ["_prisma_migrations"]
    tier.write({"1_squash": "CREATE TABLE a (id int);"})
    assert tier.bootstrap().applied == 1
