"""Scripts that fail at every place, and texts of every kind, on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    AppliedScriptEdited,
    FolderGone,
    HistoryDiverged,
    MigrationFailed,
    ScriptUnreadable,
    TransactionLeftOpen,
)
from lambdas.bootstrap.migrations.policy import Policy
from tests.integration.migrations.kill_points import order
from tests.integration.migrations.migrating import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.kill_points import Runs

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
GOOD = ("CREATE TABLE a (id int);", "CREATE TABLE b (id int);", "CREATE TABLE c (id int);")
BAD = "SELECT 1 / 0;"
MEGABYTES = 5


@pytest.mark.parametrize("place_of_failure", [0, 1, 2, 3], ids=["first", "second", "third", "last"])
@pytest.mark.parametrize("wrap", ["{}", "BEGIN;\n{}\nCOMMIT;\n"], ids=["plain", "wrapped"])
def test_a_failure_in_any_statement_names_its_line_leaves_nothing_and_is_mended(
    place: Tier, wrap: str, place_of_failure: int
) -> None:
    lines = [*GOOD[:place_of_failure], BAD, *GOOD[place_of_failure:]]
    script = wrap.format("\n".join(lines))
    place.write({"1_good": "CREATE TABLE good (id int);", "2_bad": script})
    line = script.splitlines().index(BAD) + 1
    with pytest.raises(MigrationFailed, match=rf"migration\.sql:{line}:1: division by zero \(22012\)"):
        apply(place)
    assert place.column(TABLES) == ["_prisma_migrations", "good"]
    place.write({"2_bad": script.replace(BAD, "")})
    assert apply(place).applied == 1
    assert place.column(TABLES) == ["_prisma_migrations", "a", "b", "c", "good"]


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfCREATE TABLE a ();", b"CREATE TABLE caf\xe9 ();"], ids=["BOM", "Latin-1"]
)
def test_a_text_that_is_not_plain_utf_8_is_refused_before_anything_runs(place: Tier, content: bytes) -> None:
    place.write({"1_first": "CREATE TABLE a (id int);", "2_strange": ""})
    (place.migrations / "2_strange" / "migration.sql").write_bytes(content)
    with pytest.raises(ScriptUnreadable, match=r"2_strange/migration\.sql"):
        apply(place)
    assert place.column(TABLES) == []


def test_windows_line_ends_reach_the_database_as_they_stand(place: Tier) -> None:
    place.write(
        {
            "1_windows": "CREATE TABLE a (id int);\r\n-- comment\r\nCREATE FUNCTION f() RETURNS text\r\n"
            "LANGUAGE sql AS $$\r\nSELECT 'x;\r\ny';\r\n$$;\r\n"
        }
    )
    assert apply(place).applied == 1
    assert place.column("SELECT f() = E'x;\\r\\ny'") == ["True"]


def test_names_in_quotes_and_bodies_in_dollars_keep_every_character(place: Tier) -> None:
    place.write(
        {
            '1_odd names; and "more"': (
                'CREATE TABLE "Odd; ""Name"" -- x" '
                '("a;b" int, "%s" int, ":name" text DEFAULT \':name %s %\');\n'
                'INSERT INTO "Odd; ""Name"" -- x" ("a;b") VALUES (1);\n'
                "DO $body$ BEGIN EXECUTE $inner$ SELECT ';'; $inner$; END; $body$;\n"
            )
        }
    )
    assert apply(place).applied == 1
    assert place.column('SELECT ":name" FROM "Odd; ""Name"" -- x"') == [":name %s %"]


@pytest.mark.parametrize(
    "script",
    ["", "-- nothing;\n/* at all; /* ; */ */\n", " \r\n\t\n", ";;\n;"],
    ids=["empty", "comments", "white space", "semicolons"],
)
def test_a_script_without_a_statement_is_applied_and_recorded(place: Tier, script: str) -> None:
    place.write({"1_nothing": script, "2_next": "CREATE TABLE a (id int);"})
    assert apply(place).applied == 2
    assert place.applied() == ["1_nothing", "2_next"]
    assert place.column("SELECT DISTINCT applied_steps_count FROM _prisma_migrations") == ["1"]
    assert apply(place).applied == 0


@pytest.mark.parametrize("wrap", ["{}", "BEGIN;\n{}\nCOMMIT;\n"], ids=["plain", "wrapped"])
def test_a_script_of_five_megabytes_is_applied_within_bounded_memory(
    place: Tier, runs: Runs, wrap: str, record_property: Callable[[str, object], None]
) -> None:
    row = f"INSERT INTO a VALUES ('{'x' * 1000}; -- $$');\n"  # noqa: S608  a script of this test's own
    count = MEGABYTES * 1024 * 1024 // len(row) + 1
    place.write({"1_table": "CREATE TABLE a (body text);", "2_big": wrap.format(row * count)})
    report = runs.run(order(place, whole=False, number=0, moment="sent"))
    assert (report["failure"], report["applied"]) == ("", 2)
    assert place.column("SELECT count(*) FROM a") == [str(count)]
    record_property("peak megabytes", report["peak_megabytes"])
    print(f"A script of {MEGABYTES} MB: {report['peak_megabytes']} MB of memory at most")  # noqa: T201  a measurement
    assert report["peak_megabytes"] < 40 * MEGABYTES


def test_an_edited_migration_is_refused_with_its_file_and_told_where_that_is_allowed(place: Tier) -> None:
    place.write({"1_first": "CREATE TABLE a (id int);"})
    apply(place)
    place.write({"1_first": "CREATE TABLE a (id bigint);", "2_next": "CREATE TABLE b (id int);"})
    with pytest.raises(AppliedScriptEdited, match=r"^prisma/migrations/1_first/migration\.sql was changed"):
        apply(place)
    assert place.column(TABLES) == ["_prisma_migrations", "a"]
    assert apply(place, policy=Policy(edited="allow")).applied == 1
    assert "Applied migrations were changed afterwards {'migrations': ['1_first']}" in place.log.text
    assert place.column(
        "SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum = 1"
    ) == ["integer"]


def test_a_missing_folder_is_refused_by_name_and_told_where_that_is_allowed(place: Tier) -> None:
    place.write({"1_first": "CREATE TABLE a (id int);", "2_second": "CREATE TABLE b (id int);"})
    apply(place)
    remove(place, "1_first")
    with pytest.raises(FolderGone, match=r"^migration 1_first is applied and its folder is gone"):
        apply(place)
    assert apply(place, policy=Policy(missing="allow")).applied == 0
    assert "Applied migrations have no folder any more {'migrations': ['1_first']}" in place.log.text
    assert place.applied() == ["1_first", "2_second"]


def test_histories_that_diverged_are_refused_with_both_sides_and_told_where_that_is_allowed(
    place: Tier,
) -> None:
    place.write({"1_first": "CREATE TABLE a (id int);", "2_theirs": "CREATE TABLE b (id int);"})
    apply(place)
    remove(place, "2_theirs")
    place.write({"2_ours": "CREATE TABLE c (id int);"})
    with pytest.raises(HistoryDiverged, match=r"lacks \(2_theirs\), and 1 are pending \(2_ours\)"):
        apply(place)
    assert place.column(TABLES) == ["_prisma_migrations", "a", "b"]
    assert apply(place, policy=Policy(diverged="allow")).applied == 1
    assert "ahead of this package, which undoes nothing {'migrations': ['2_theirs']}" in place.log.text
    assert place.applied() == ["1_first", "2_theirs", "2_ours"]


@pytest.mark.parametrize(
    ("beginning", "steps"),
    [("", "1"), ("BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n", "2")],
    ids=["whole", "step by step"],
)
def test_an_open_transaction_is_refused_before_anything_runs_and_committed_where_that_is_allowed(
    place: Tier, beginning: str, steps: str
) -> None:
    place.write({"1_open": f"{beginning}BEGIN;\nCREATE TABLE b (id int);\n-- COMMIT;"})
    with pytest.raises(TransactionLeftOpen, match=r"1_open/migration\.sql leaves a transaction open"):
        apply(place)
    assert place.column(TABLES) == ["_prisma_migrations"]
    assert place.column("SELECT 1 FROM _prisma_migrations") == []
    assert apply(place, policy=Policy(open_transaction="allow")).applied == 1
    assert place.column("SELECT to_regclass('b')") == ["b"]
    assert place.column("SELECT applied_steps_count FROM _prisma_migrations") == [steps]


def remove(tier: Tier, name: str) -> None:
    (tier.migrations / name / "migration.sql").unlink()
    (tier.migrations / name).rmdir()
