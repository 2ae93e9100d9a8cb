"""PostgreSQL's texts of one expression before and after a restore are one; those of two are two."""

from __future__ import annotations

import pytest

from containers.backup.differing import differing
from containers.backup.settled import settled

BETWEEN = ("(((a >= 1) AND (a <= 5)) AND (b > 0))", "((a >= 1) AND (a <= 5) AND (b > 0))")
IN = (
    "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
    "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        BETWEEN,
        IN,
        ("(((a = 1) OR (a = 2)) OR b)", "((a = 1) OR (a = 2) OR b)"),
        (f"CHECK ((({BETWEEN[0]} OR a) OR {IN[0]}))", f"CHECK (({BETWEEN[1]} OR a OR {IN[1]}))"),
        ("(ARRAY[1, (2 + x)])::numeric(10,2)[]", "ARRAY[(1)::numeric(10,2), ((2 + x))::numeric(10,2)]"),
        (
            "(ARRAY[ARRAY['a'::character varying], ARRAY[f(x, y)]])::text[]",
            "ARRAY[ARRAY[('a'::character varying)::text], ARRAY[(f(x, y))::text]]",
        ),
        (
            "(ARRAY['a'::character varying, s])::character varying(9)[]",
            "ARRAY['a'::character varying(9), (s)::character varying(9)]",
        ),
        ('(ARRAY[x])::"a ""B".c[] AND y', 'ARRAY[(x)::"a ""B".c] AND y'),
    ],
)
def test_what_is_written_otherwise_after_a_restore_is_the_same(before: str, after: str) -> None:
    assert settled(before) == settled(after)
    assert settled(settled(before)) == settled(before)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("((a OR b) AND c)", "(a OR (b AND c))"),
        ("((a AND b) OR c)", "(a AND b AND c)"),
        ("((NOT (a AND b)) AND c)", "((NOT a) AND b AND c)"),
        ("((a - b) - c)", "(a - (b - c))"),
        (IN[0], IN[0].replace("'b'", "'c'")),
        (IN[0], IN[0].replace("text[]", "name[]")),
        (IN[0], IN[0].replace("ANY", "ALL")),
        ("(x)::text", "x"),
        ("(x = '((a AND b) AND c)')", "(x = '(a AND b AND c)')"),
        ('("((a AND b) AND c)")', '("(a AND b AND c)")'),
        ("AS $body$((a AND b) AND c)$body$", "AS $body$(a AND b AND c)$body$"),
    ],
)
def test_what_means_something_else_stays_apart(one: str, other: str) -> None:
    assert settled(one) != settled(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it's ((a AND b) AND c",
        "((a AND b) AND c]",
        "(ORDER BY x ROWS BETWEEN (1) PRECEDING AND CURRENT ROW)",
        "(ARRAY[a])::text",
        "(ARRAY[a])::d AND (b)::text[]",
        "x[1] = (ARRAY[a])[1]",
        " ( a  +  b ) ",
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert settled(text) == text


def test_a_definition_that_a_restore_has_settled_is_no_difference_and_a_comment_is_never_settled() -> None:
    before, after = ({kind: {"x": text} for kind in ("constraints", "comments")} for text in BETWEEN)
    (line,) = differing(before, after)
    assert line.startswith("comments: x is ")
