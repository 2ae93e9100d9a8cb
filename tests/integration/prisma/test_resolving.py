"""What failed with one is resolved with the other, and both refuse the same mistakes with the same codes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    AlreadyApplied,
    FailedEarlier,
    LockNotObtained,
    MigrationError,
    MigrationFailed,
    NeverApplied,
    NotFailed,
    NotInHistory,
    SchemaNotEmpty,
)

if TYPE_CHECKING:
    from tests.integration.prisma.sides import Sides

# No rollback undoes what it does before it fails: what it left behind is for a person to judge.
DOUBTFUL = "CREATE SEQUENCE {0}; SELECT setval('{0}', 7); SELECT 1/0;"
SEVERAL = "BEGIN; CREATE TABLE a (id int); COMMIT; CREATE TABLE b AS SELECT 1/{} AS id;"


def _fails(sides: Sides) -> str:
    """Let the engine fail, and return the code that its message begins with."""
    with pytest.raises(MigrationError) as failure:
        sides.engine()
    return str(failure.value).partition(":")[0]


def test_what_the_engine_left_in_doubt_is_resolved_with_prisma(sides: Sides) -> None:
    sides.write({"1_first": DOUBTFUL.format("a"), "2_second": DOUBTFUL.format("b")})
    assert _fails(sides) == "P3018"
    assert sides.prisma("deploy").code == "P3009"
    status = sides.prisma("status")
    # Prisma tells of what is pending before it tells of what has failed.
    assert (status.exit_code, "not yet been applied:\n2_second" in status.text) == (1, True)
    assert sides.prisma("resolve", "--applied", "1_first").exit_code == 0
    assert _fails(sides) == "P3018"
    assert sides.prisma("resolve", "--rolled-back", "2_second").exit_code == 0
    sides.write({"2_second": "SELECT 1;"})
    assert sides.engine().applied == 1
    assert [(r.name, r.finished, r.rolled_back, r.logged, r.steps) for r in sides.records()] == [
        ("1_first", False, True, "a text", 0),
        ("1_first", True, False, "empty", 0),
        ("2_second", False, True, "a text", 0),
        ("2_second", True, False, "NULL", 1),
    ]


def test_what_prisma_left_failed_is_resolved_with_the_engine_in_the_same_rows(sides: Sides) -> None:
    sides.write({"1_first": DOUBTFUL.format("a"), "2_second": DOUBTFUL.format("b")})
    assert sides.prisma("deploy").code == "P3018"
    assert _fails(sides) == "P3009"
    sides.resolve(applied="1_first")
    assert sides.prisma("deploy").code == "P3018"
    sides.resolve(rolled_back="2_second")
    sides.resolve(rolled_back="2_second")
    sides.write({"2_second": "SELECT 1;"})
    assert sides.prisma("deploy").exit_code == 0
    assert sides.prisma("status").exit_code == 0
    assert sides.engine().applied == 0
    assert [(r.name, r.finished, r.rolled_back, r.logged, r.steps) for r in sides.records()] == [
        ("1_first", False, True, "a text", 0),
        ("1_first", True, False, "empty", 0),
        ("2_second", False, True, "a text", 0),
        ("2_second", True, False, "NULL", 1),
    ]


def test_what_the_engine_stopped_in_the_middle_blocks_prisma_until_the_engine_has_gone_on(
    sides: Sides,
) -> None:
    sides.write({"1_several": SEVERAL.format(0)})
    assert _fails(sides) == "P3018"
    assert [(r.finished, r.rolled_back, r.logged, r.steps) for r in sides.records()] == [
        (False, False, "a text", 1)
    ]
    sides.write({"1_several": SEVERAL.format(1)})
    assert sides.prisma("deploy").code == "P3009"
    assert sides.engine().applied == 1
    assert sides.prisma("deploy").exit_code == 0
    assert sides.prisma("status").exit_code == 0
    (record,) = sides.records()
    assert (record.finished, record.rolled_back, record.logged, record.steps) == (True, False, "NULL", 2)
    assert record.checksum == hashlib.sha256(SEVERAL.format(1).encode()).hexdigest()


def test_what_the_engine_stopped_in_the_middle_runs_from_its_beginning_once_prisma_says_it_was_undone(
    sides: Sides,
) -> None:
    sides.write({"1_several": SEVERAL.format(0)})
    assert _fails(sides) == "P3018"
    with sides.tier.admin() as connection:
        connection.execute("DROP TABLE a")
    assert sides.prisma("resolve", "--rolled-back", "1_several").exit_code == 0
    sides.write({"1_several": SEVERAL.format(1)})
    assert sides.engine().applied == 1
    assert sides.tier.column("SELECT to_regclass('a') IS NOT NULL AND to_regclass('b') IS NOT NULL") == [
        "True"
    ]
    assert [(r.finished, r.rolled_back, r.logged, r.steps) for r in sides.records()] == [
        (False, True, "a text", 1),
        (True, False, "NULL", 2),
    ]


def test_a_script_that_failed_whole_needs_no_resolving_and_prisma_sees_none(sides: Sides) -> None:
    sides.write({"1_broken": "CREATE TABLE a (id int);\nCREATE TABEL b (id int);\n"})
    with pytest.raises(MigrationFailed):
        sides.engine()
    sides.write({"1_broken": "CREATE TABLE a (id int);\n"})
    assert sides.prisma("deploy").exit_code == 0
    assert [(r.finished, r.rolled_back) for r in sides.records()] == [(False, True), (True, False)]
    assert sides.engine().applied == 0


def test_both_refuse_to_resolve_what_is_not_so_with_the_same_codes(sides: Sides) -> None:
    sides.write({"1_good": "SELECT 1;"})
    sides.engine()
    before = sides.records()
    for option, name, code in (
        ("--applied", "1_good", "P3008"),
        ("--rolled-back", "2_unknown", "P3011"),
        ("--rolled-back", "1_good", "P3012"),
        ("--applied", "2_unknown", "P3017"),
    ):
        said = sides.prisma("resolve", option, name)
        assert (said.exit_code, said.code) == (1, code)
    with pytest.raises(AlreadyApplied, match=r"^P3008: .*1_good"):
        sides.resolve(applied="1_good")
    with pytest.raises(NeverApplied, match=r"^P3011: .*2_unknown"):
        sides.resolve(rolled_back="2_unknown")
    with pytest.raises(NotFailed, match=r"^P3012: .*1_good"):
        sides.resolve(rolled_back="1_good")
    with pytest.raises(NotInHistory, match=r"^P3017: .*2_unknown"):
        sides.resolve(applied="2_unknown")
    assert sides.records() == before


def test_a_database_older_than_its_history_is_baselined_with_either(sides: Sides) -> None:
    sides.write({"1_was_there": "CREATE TABLE a (id int);", "2_too": "CREATE TABLE b (id int);"})
    with sides.tier.admin() as connection:
        connection.execute("DROP TABLE _prisma_migrations")
        connection.execute("CREATE TABLE a (id int); CREATE TABLE b (id int)")
    assert sides.prisma("deploy").code == "P3005"
    with pytest.raises(SchemaNotEmpty, match=r"^P3005: "):
        sides.engine()
    sides.resolve(applied="1_was_there")
    assert sides.prisma("resolve", "--applied", "2_too").exit_code == 0
    ours, theirs = sides.records()
    assert (ours.logged, ours.finished, ours.instant, ours.steps) == ("empty", True, True, 0)
    assert (ours.logged, ours.rolled_back, ours.finished, ours.instant, ours.steps) == (
        theirs.logged, theirs.rolled_back, theirs.finished, theirs.instant, theirs.steps,
    )  # fmt: skip
    assert ours.checksum == hashlib.sha256(b"CREATE TABLE a (id int);").hexdigest()
    assert sides.prisma("status").exit_code == 0
    assert sides.engine().applied == 0


def test_nothing_is_resolved_while_a_run_holds_the_lock(sides: Sides) -> None:
    sides.write({"1_first": DOUBTFUL.format("a")})
    with pytest.raises(MigrationFailed):
        sides.engine()
    with pytest.raises(FailedEarlier):
        sides.engine()
    with sides.tier.connect("migrator") as holder:
        holder.execute("SELECT pg_advisory_lock(72707369)")
        with pytest.raises(LockNotObtained, match=r"^P1002: "):
            sides.resolve(rolled_back="1_first", seconds=0.2)
    sides.resolve(rolled_back="1_first")
    with sides.tier.connect("migrator") as next_run:
        ((free,),) = next_run.execute("SELECT pg_try_advisory_lock(72707369)").fetchall()
    assert free
