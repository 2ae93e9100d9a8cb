"""How a statement is settled follows from its text, with names as SQL means them."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.kinds import outside_statement, procedure_of
from lambdas.bootstrap.migrations.settle import Detach, IndexBuild, IndexDrop, Outside, Reindex, Repeatable

SETTLED_BY_NAME = {
    "CREATE INDEX CONCURRENTLY i ON a (id)": IndexBuild(relation='"a"', name="i"),
    "CREATE INDEX CONCURRENTLY MyIndex ON Notes (id)": IndexBuild(relation='"notes"', name="myindex"),
    "create unique index concurrently if not exists i on s.a (id)": IndexBuild(relation='"s"."a"', name="i"),
    'CREATE INDEX CONCURRENTLY "I; x" ON "S."."A ""b""" (id)': IndexBuild(
        relation='"S."."A ""b"""', name="I; x"
    ),
    "CREATE INDEX CONCURRENTLY ON ONLY a USING gin (x)": IndexBuild(relation='"a"', name=None),
    "DROP INDEX CONCURRENTLY i": IndexDrop(relation='"i"'),
    'DROP INDEX CONCURRENTLY IF EXISTS "S"."i ""x"""': IndexDrop(relation='"S"."i ""x"""'),
    "REINDEX INDEX CONCURRENTLY s.i": Reindex(relation='"s"."i"'),
    'REINDEX (VERBOSE, CONCURRENTLY) TABLE "A"': Reindex(relation='"A"'),
    "ALTER TABLE p DETACH PARTITION part CONCURRENTLY": Detach(parent='"p"', partition='"part"'),
    'ALTER TABLE ONLY s.p DETACH PARTITION "t"."Part 1" CONCURRENTLY': Detach(
        parent='"s"."p"', partition='"t"."Part 1"'
    ),
}
REPEATABLE = {
    "VACUUM": False,
    "VACUUM (ANALYZE) s.a": False,
    "CLUSTER": False,
    "DISCARD ALL": False,
    "ALTER SYSTEM SET work_mem = '4MB'": False,
    "REINDEX SCHEMA s": False,
    "REINDEX SCHEMA CONCURRENTLY s": True,
    "REINDEX DATABASE CONCURRENTLY": True,
}
UNKNOWN = [
    "",
    "not SQL at all",
    "SELECT 1; VACUUM",
    "CALL fill()",
    "DO $$ BEGIN COMMIT; END $$",
    "CREATE INDEX i ON a (id)",
    "DROP INDEX i",
    "DROP TABLE a",
    "ALTER TABLE p DETACH PARTITION part FINALIZE",
    "ALTER TABLE p ADD COLUMN x int",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "CREATE TABLESPACE t LOCATION '/t'",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
]


@pytest.mark.parametrize(("text", "kind"), SETTLED_BY_NAME.items())
def test_what_the_catalog_can_settle_is_looked_up_by_its_own_name(text: str, kind: Outside) -> None:
    assert outside_statement(text) == kind
    assert kind.concurrent


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX CONCURRENTLY i ON a (id)",
        "REINDEX TABLE CONCURRENTLY a",
        "DROP INDEX CONCURRENTLY i",
        "ALTER TABLE p DETACH PARTITION q CONCURRENTLY",
    ],
)
def test_what_the_catalog_settles_may_be_left_to_the_server(text: str) -> None:
    assert outside_statement(text).watchable


@pytest.mark.parametrize("text", ["VACUUM", "CREATE DATABASE d", "REINDEX SCHEMA CONCURRENTLY s"])
def test_what_the_catalog_does_not_settle_is_waited_for(text: str) -> None:
    assert not outside_statement(text).watchable


@pytest.mark.parametrize(("text", "concurrent"), REPEATABLE.items())
def test_what_does_no_harm_twice_is_repeated(text: str, concurrent: bool) -> None:  # noqa: FBT001  a table's column
    assert outside_statement(text) == Repeatable(concurrent=concurrent)


@pytest.mark.parametrize("text", UNKNOWN)
def test_of_anything_else_nothing_is_certain(text: str) -> None:
    assert type(outside_statement(text)) is Outside


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CALL fill()", "fill"),
        ('call s."Fill; it"(1, $$a$$)', "Fill; it"),
        ("DO $$ BEGIN COMMIT; END $$", ""),
        ("DO LANGUAGE plpgsql 'BEGIN END'", ""),
        ("SELECT fill()", None),
        ("CALL fill(); CALL fill()", None),
        ("not SQL at all", None),
    ],
)
def test_only_a_call_or_a_do_may_commit_by_itself(text: str, name: str | None) -> None:
    assert procedure_of(text) == name
