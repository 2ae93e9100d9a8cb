"""A script that stopped in the middle is corrected in every way that people find; nothing is guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import FailedEarlier, MigrationFailed, RecordChanged
from lambdas.common.locks import PRISMA_MIGRATE_LOCK
from tests.integration.migrations.gates import FREEING
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

DOUBLE_ROWS = (
    "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);\nCREATE TABLE b (id int PRIMARY KEY, x int);\n"
)
INDEXES = (
    "SELECT indexrelid::regclass FROM pg_index WHERE indrelid IN ('a'::regclass, 'b'::regclass) ORDER BY 1"
)


def stop(tier: Tier, script: str, *, match: str) -> str:
    """Apply a script that fails; return what was said."""
    tier.write({"1_script": script})
    with pytest.raises(MigrationFailed, match=match) as failure:
        apply(tier)
    return str(failure.value)


def correct(tier: Tier, script: str) -> None:
    """Apply the corrected script, which must end it."""
    tier.write({"1_script": script})
    assert apply(tier).applied == 1
    assert tier.applied() == ["1_script"]
    assert apply(tier).applied == 0


@pytest.mark.parametrize(
    ("corrected", "indexes"),
    [
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON b (x);\n", ["b_pkey", "i"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY ON b (x);\n", ["b_pkey", "b_x_idx"]),
        ("CREATE INDEX CONCURRENTLY i ON a (id);\n", ["b_pkey", "i"]),
        ("CREATE INDEX CONCURRENTLY j ON a (id);\n", ["b_pkey", "j"]),
        ("DROP INDEX CONCURRENTLY IF EXISTS i;\n", ["b_pkey"]),
        ("DELETE FROM a;\nCREATE UNIQUE INDEX CONCURRENTLY i ON a (id);\n", ["b_pkey", "i"]),
        ("ALTER TABLE a ADD COLUMN c int;\n", ["b_pkey"]),
        ("", ["b_pkey"]),
    ],
    ids=["table", "unnamed", "not unique", "name", "drop", "rows first", "no build", "nothing"],
)
@pytest.mark.parametrize("name", ["i ", ""], ids=["named build", "unnamed build"])
def test_whatever_a_failed_build_becomes_its_invalid_index_goes_and_the_new_text_is_what_runs(
    place: Tier, name: str, corrected: str, indexes: list[str]
) -> None:
    said = stop(place, f"{DOUBLE_ROWS}CREATE UNIQUE INDEX CONCURRENTLY {name}ON a (id);\n", match="23505")
    assert "invalid index" in said
    correct(place, f"{DOUBLE_ROWS}{corrected}")
    assert place.column(INDEXES) == indexes


def test_what_committed_blocks_set_in_their_session_holds_for_the_blocks_behind_them(place: Tier) -> None:
    blocks = (
        "BEGIN;\nCREATE SCHEMA other;\nSET search_path = other;\nSET LOCAL work_mem = '1MB';\nCOMMIT;\n"
        "BEGIN;\nSET search_path = public;\nROLLBACK;\n"
        "BEGIN;\nCREATE TABLE b (id int);\nSELECT 1/{};\nCOMMIT;\n"
    )
    stop(place, blocks.format(0), match="division by zero")
    correct(place, blocks.format(1))
    assert place.column("SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 'b'") == ["other"]


@pytest.mark.parametrize(
    "beginning",
    [
        "BEGIN;\nCREATE TEMPORARY TABLE t (id int);\nCOMMIT;\n",
        "BEGIN;\nCREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';\nCOMMIT;\n",
        "BEGIN;\nSELECT pg_advisory_lock(1);\nCOMMIT;\n",
        "BEGIN;\nSELECT set_config('a.b', 'c', false), nextval('s');\nCOMMIT;\n",
        "BEGIN;\nSAVEPOINT p;\nSET search_path = pg_catalog;\nROLLBACK TO p;\nCOMMIT;\n",
        "DO $$ BEGIN PERFORM set_config('search_path', 'pg_catalog', false); END $$;\n",
        "DO $$ BEGIN CREATE TEMP TABLE t (id int); END $$;\n",
        "DISCARD ALL;\n",
    ],
    ids=["table", "function", "lock", "more than settings", "savepoint", "hidden", "hidden table", "discard"],
)
def test_what_only_the_lost_session_had_waits_for_a_person(place: Tier, beginning: str) -> None:
    rest = "BEGIN;\nSELECT 1/{};\nCOMMIT;\n"
    begun = f"CREATE SEQUENCE s;\nCOMMIT;\n{beginning}".replace("CREATE", "BEGIN;\nCREATE", 1)
    stop(place, begun + rest.format(0), match="division by zero")
    place.write({"1_script": begun + rest.format(1)})
    with pytest.raises(FailedEarlier, match=r"2 of 3 steps are committed.*of the session that ended"):
        apply(place)
    assert place.applied() == []


def test_a_folder_that_is_renamed_in_the_middle_does_not_run_from_its_start(place: Tier) -> None:
    script = "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nSELECT 1/{};\n"
    stop(place, script.format(0), match="division by zero")
    (place.migrations / "1_script").rename(place.migrations / "2_script")
    place.write({"2_script": script.format(1)})
    with pytest.raises(FailedEarlier, match=r"^P3009: migration 1_script failed"):
        apply(place)
    (place.migrations / "2_script").rename(place.migrations / "1_script")
    assert apply(place).applied == 1


def test_a_note_that_was_edited_by_hand_is_not_relied_on(place: Tier) -> None:
    stop(place, f"{DOUBLE_ROWS}CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);\n", match="23505")
    with place.admin() as connection:
        connection.execute("UPDATE _prisma_migrations SET logs = replace(logs, 'next is {', 'next is {{')")
    with pytest.raises(FailedEarlier, match=r"^P3009"):
        apply(place)


def test_settings_of_the_script_hold_behind_a_build(place: Tier) -> None:
    place.write(
        {
            "1_script": (
                "SET lock_timeout = '7s';\nSET statement_timeout = '99s';\nCREATE TABLE a (id int);\n"
                "CREATE INDEX CONCURRENTLY i ON a (id);\n"
                "CREATE TABLE s AS "
                "SELECT current_setting('lock_timeout') || current_setting('statement_timeout');\n"
            )
        }
    )
    apply(place)
    assert place.column("SELECT * FROM s") == ["7s99s"]


@pytest.mark.parametrize("freeing", FREEING)
def test_a_script_that_gives_all_locks_back_leaves_the_next_one_under_prismas(
    place: Tier, freeing: str
) -> None:
    held = (
        "CREATE TABLE held AS SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "  # noqa: S608  a number
        f"AND pid = pg_backend_pid() AND objid = {PRISMA_MIGRATE_LOCK}"
    )
    place.write({"1_frees": f"CREATE TABLE a (id int);\n{freeing}", "2_looks": held})
    assert apply(place).applied == 2
    assert place.column("SELECT * FROM held") == ["1"]


def test_a_step_that_removes_its_row_is_undone_and_the_steps_before_it_stay(place: Tier) -> None:
    script = "BEGIN;\nCREATE TABLE x ();\nCOMMIT;\n{}CREATE TABLE y ();\n"
    place.write({"1_script": script.format("DELETE FROM _prisma_migrations;\n")})
    with pytest.raises(RecordChanged, match="removed while its migration ran"):
        apply(place)
    assert place.column("SELECT applied_steps_count FROM _prisma_migrations") == ["1"]
    correct(place, script.format(""))
    assert place.column("SELECT to_regclass('y') IS NOT NULL") == ["True"]
