"""Whatever rides along with a script, an error is shown where it stands in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.sent import Sent, met_no_row
from lambdas.bootstrap.migrations.simple_query import Refusal

RECORD = "UPDATE public._prisma_migrations SET finished_at = now()"
GUARDED = (
    f"WITH recorded AS ({RECORD} RETURNING 1) "  # noqa: S608  no input
    "SELECT (CASE WHEN EXISTS (SELECT FROM recorded) THEN '1' ELSE "
    "'datatier: the row of this migration is not as this run left it' END)::pg_catalog.int4"
)
BLOCK = "BEGIN;\nSELECT 'é€😀';\nCOMMIT WORK x;"
WINDOWS = BLOCK.replace("\n", "\r\n")


def sent(
    script: str, *, start: int = 0, end: int | None = None, before: str | None = None, commits: bool = False
) -> Sent:
    """A part of a script; its record is put in before the word `before`."""
    migration = Migration(name="1_x", file="m/1_x/migration.sql", path=Path("nowhere"), checksum="")
    return Sent(
        migration=migration,
        script=script,
        start=start,
        end=len(script) if end is None else end,
        record=RECORD,
        record_at=None if before is None else script.index(before),
        commits=commits,
    )


def placed(part: Sent, *, position: int | None = None, completed: int = 0) -> tuple[int, int]:
    """The line and column of an error at a position that counts from 1, as the server's do."""
    refusal = Refusal(message="no", sqlstate="42601", hint="", position=position)
    where = part.place(refusal, completed=completed)
    return where.line, where.column


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (sent("SELECT 1 -- end"), f"SELECT 1 -- end\n;{GUARDED}"),
        (sent(""), f"\n;{GUARDED}"),
        (sent("BEGIN; SELECT 1", commits=True), f"BEGIN; SELECT 1\n;{GUARDED};COMMIT"),
        (sent("BEGIN;\nCOMMIT;", before="COMMIT"), f"BEGIN;\n{GUARDED};\nCOMMIT;"),
        (sent("a;b;c", start=2, end=3), f"b\n;{GUARDED}"),
        (sent("a;BEGIN;END;c", start=2, end=11, before="END"), f"BEGIN;{GUARDED};\nEND"),
    ],
)
def test_the_record_rides_where_it_commits_with_the_part(part: Sent, text: str) -> None:
    assert part.text == text


def test_what_is_sent_without_a_record_is_the_part_alone() -> None:
    migration = Migration(name="1_x", file="", path=Path("nowhere"), checksum="")
    assert Sent(migration=migration, script="a; b", start=3, end=4).text == "b"


@pytest.mark.parametrize("call", ["CALL fill($$a$$)", "DO $datatier$ BEGIN COMMIT; END $datatier$"])
def test_what_commits_by_itself_is_sent_between_its_two_records(call: str) -> None:
    script = f"SELECT 1; {call}; SELECT 2"
    end = script.index(call) + len(call)
    text = replace(sent(script, start=script.index(call), end=end), first="UPDATE first").text
    (statement,) = split(text)
    assert statement.opening == ("do",)
    assert (statement.start, statement.end) == (0, len(text))
    assert text.index("UPDATE first;") < text.index(" COMMIT;\n") < text.index(call) < text.index(RECORD)
    assert "SELECT" not in text


def test_a_record_that_met_no_row_is_told_from_every_other_refusal() -> None:
    (quoted,) = [text for text in sent("a").text.split("'") if text.startswith("datatier: ")]
    refusal = Refusal(
        message=f'invalid input syntax for type integer: "{quoted}"', sqlstate="22P02", hint="", position=None
    )
    assert met_no_row(refusal)
    assert not met_no_row(replace(refusal, message='invalid input syntax for type integer: "x"'))


@pytest.mark.parametrize("script", [BLOCK, WINDOWS], ids=["unix", "windows"])
@pytest.mark.parametrize(
    ("word", "line", "column"), [("'é", 2, 8), ("😀", 2, 11), ("COMMIT", 3, 1), ("x", 3, 13)]
)
def test_a_position_before_or_behind_the_inserted_record_is_a_place_in_the_file(
    script: str, word: str, line: int, column: int
) -> None:
    part = sent(script, before="COMMIT")
    assert placed(part, position=part.text.index(word) + 1) == (line, column)


def test_a_position_in_the_inserted_record_is_shown_at_the_statement_behind_it() -> None:
    part = sent(BLOCK, before="COMMIT")
    assert placed(part, position=part.text.index("UPDATE") + 8) == (3, 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("word", ["'😀'", "ENDE", "wrong"])
def test_a_position_in_a_later_step_counts_from_the_beginning_of_the_file(newline: str, word: str) -> None:
    script = newline.join(["SELECT 'ä😀';", "BEGIN;", "SELECT '😀' ENDE;", "COMMIT wrong;", "SELECT 2;"])
    start, end = script.index("BEGIN"), script.index("wrong;") + len("wrong")
    part = sent(script, start=start, end=end, before="COMMIT")
    expected = locate(script, script.index(word, start))
    assert placed(part, position=part.text.index(word) + 1) == (expected.line, expected.column)


@pytest.mark.parametrize("script", ["SELECT (1", "SELECT (1 -- é", "SELECT (1\n\n"])
def test_a_position_behind_the_script_is_shown_at_its_end(script: str) -> None:
    part = sent(script)
    assert placed(part, position=len(part.text) + 1) == (1, len(script.rstrip()) + 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize(
    ("completed", "place"), [(0, (2, 1)), (1, (3, 3)), (2, (5, 1)), (3, (5, 1)), (99, (5, 1))]
)
def test_without_a_position_the_statement_that_the_server_stopped_at_is_shown(
    newline: str, completed: int, place: tuple[int, int]
) -> None:
    script = newline.join(["-- é; €", "SELECT ';';", ";;SELECT 2;", "/* ; */", "SELECT 3;", ""])
    assert placed(sent(script), completed=completed) == place


def test_without_a_position_the_statements_of_a_step_are_counted_from_its_beginning() -> None:
    script = "SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;"
    part = sent(script, start=script.index("BEGIN"), before="COMMIT")
    assert [placed(part, completed=completed)[0] for completed in (0, 1, 2)] == [2, 3, 4]


def test_an_empty_script_has_a_first_line() -> None:
    assert placed(sent("")) == (1, 1)
