"""Scripts are split as the server's scanner splits them, and judged atomic only where that is certain."""

from __future__ import annotations

import hashlib

import pytest

from lambdas.bootstrap.migrations.errors import ScriptRefused
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.script import Form, analyse


def migration(script: str) -> Migration:
    return Migration(
        name="1_x",
        file="prisma/migrations/1_x/migration.sql",
        script=script,
        checksum=hashlib.sha256(script.encode()).hexdigest(),
    )


def form(script: str) -> Form:
    return analyse(migration(script))


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        ("-- nothing; at all\n/* ; /* ; */ ; */;;", []),
        ("a;b", ["a", "b"]),
        ("a -- x; y\n;b", ["a", "b"]),
        ("'a;''b' ; c", ["'a;''b'", "c"]),
        (r"'\' ; c", [r"'\'", "c"]),
        (r"E'\';' ; c", [r"E'\';'", "c"]),
        ("E'a'\n'b\\';' ; c", ["E'a'\n'b\\';'", "c"]),
        ("E'a' 'b\\' ; c", ["E'a' 'b\\'", "c"]),
        ('"a;""b" ; c', ['"a;""b"', "c"]),
        ("$$;$$;$a$;$$;$a$;c", ["$$;$$", "$a$;$$;$a$", "c"]),
        ("a$b$;c$b$", ["a$b$", "c$b$"]),
        ("$1;c", ["$1", "c"]),
        ("U&'d;' ; c", ["U&'d;'", "c"]),
        ("(a;b);c", ["(a;b)", "c"]),
        ("'open ; c", ["'open ; c"]),
        ("$$open ; c", ["$$open ; c"]),
        ("a /* open ; c", ["a"]),
        (
            "create function f() returns int begin atomic; select case when x then 1 end; end; c",
            ["create function f() returns int begin atomic; select case when x then 1 end; end", "c"],
        ),
        ("begin; update t set atomic = 1; end", ["begin", "update t set atomic = 1", "end"]),
    ],
)
def test_statements_end_where_the_server_ends_them(script: str, statements: list[str]) -> None:
    assert [script[found.start : found.end] for found in split(script)] == statements


CERTAIN = [
    "",
    "CREATE TABLE a (id int)",
    "BEGIN; CREATE TABLE a (id int); COMMIT;",
    "SET lock_timeout = '1s'; START TRANSACTION; SELECT 1; END WORK",
    "BEGIN; SAVEPOINT s; ROLLBACK TO SAVEPOINT s; RELEASE s; COMMIT -- done",
    "DO $$ BEGIN COMMIT; END $$",
    "SELECT 'COMMIT;', \"commit\" /* COMMIT; */",
    "BEGIN; CREATE TABLE a (id int)",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
]
DOUBTFUL = [
    "BEGIN; SELECT 1; COMMIT; SELECT 2;",
    "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;",
    "BEGIN; SELECT 1; COMMIT AND CHAIN;",
    "BEGIN; SELECT 1; ROLLBACK;",
    "COMMIT; SELECT 1",
    "BEGIN; PREPARE TRANSACTION 'x';",
    "COMMIT PREPARED 'x'",
    "SELECT setval('s', 1)",
    "SELECT dblink_exec('', '')",
]


@pytest.mark.parametrize("script", CERTAIN)
def test_one_transaction_is_recognized(script: str) -> None:
    assert form(script).doubt is None


@pytest.mark.parametrize("script", DOUBTFUL)
def test_anything_else_is_in_doubt(script: str) -> None:
    assert form(script).doubt is not None


@pytest.mark.parametrize(
    ("script", "behind"),
    [
        ("BEGIN; SELECT 1; COMMIT; -- end", "COMMIT; -- end"),
        ("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2;\n/* x */ END", "END"),
        ("BEGIN; SELECT 1; COMMIT; SELECT 2", None),
        ("SELECT 1", None),
        ("COMMIT", None),
        ("BEGIN; SELECT 1; ROLLBACK", None),
    ],
)
def test_the_record_goes_before_the_commit_of_a_wrapped_script_else_behind_the_script(
    script: str, behind: str | None
) -> None:
    at = form(script).record_at
    assert (None if at is None else script[at:]) == behind


@pytest.mark.parametrize(
    "script", ["SELECT 1;\n\\d", "COPY a (b) FROM STDIN;\n1\n\\.\n", "copy a from stdin", "COPY a TO STDOUT;"]
)
def test_what_needs_psql_is_refused_with_its_line(script: str) -> None:
    with pytest.raises(ScriptRefused, match=r"1_x/migration\.sql:\d: .*only psql"):
        form(script)


@pytest.mark.parametrize(
    ("text", "offset", "line", "column", "excerpt"),
    [
        ("abc", 1, 1, 2, "    abc\n     ^"),
        ("a\nbc\nd", 3, 2, 2, "    bc\n     ^"),
        ("a\r\nbc\r\nd", 4, 2, 2, "    bc\n     ^"),
        ("\tä;", 2, 1, 3, "    \tä;\n    \t ^"),
        ("a\nb\n\n", 99, 2, 2, "    b\n     ^"),
        ("", 0, 1, 1, "    \n    ^"),
    ],
)
def test_an_offset_becomes_line_column_and_caret(
    text: str, offset: int, line: int, column: int, excerpt: str
) -> None:
    where = locate(text, offset)
    assert (where.line, where.column, where.excerpt) == (line, column, excerpt)


def test_a_long_line_is_shown_around_the_caret() -> None:
    shown, caret = locate("x" * 500 + "HERE" + "y" * 500, 500).excerpt.splitlines()
    assert len(shown) < 120
    assert shown[caret.index("^") :].startswith("HERE")
