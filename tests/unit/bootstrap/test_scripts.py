"""Scripts are split as the server's scanner splits them, and sent whole only where that is certain."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import ScriptRefused, TransactionLeftOpen
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.script import Form, analyse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Judge = Callable[..., Form]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Return what analyses a script."""

    def analysed(script: str, policy: Policy | None = None) -> Form:
        path = tmp_path / "migration.sql"
        path.write_text(script, encoding="utf-8", newline="")
        migration = Migration(
            name="1_x",
            file="prisma/migrations/1_x/migration.sql",
            path=path,
            checksum=hashlib.sha256(script.encode()).hexdigest(),
        )
        return analyse(migration, policy or Policy())

    return analysed


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


WHOLE = [
    "",
    "-- nothing",
    "CREATE TABLE a (id int)",
    "BEGIN; CREATE TABLE a (id int); COMMIT;",
    "SET lock_timeout = '1s'; START TRANSACTION; SELECT 1; END WORK",
    "BEGIN; SAVEPOINT s; ROLLBACK TO SAVEPOINT s; RELEASE s; COMMIT -- done",
    "BEGIN; VACUUM; COMMIT",
    "BEGIN; SELECT 1; COMMIT AND NO CHAIN",
    "DO $$ BEGIN COMMIT; END $$",
    "SELECT 'COMMIT;', \"commit\" /* COMMIT; */",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
    "ALTER TYPE mood ADD VALUE 'glad'; INSERT INTO a VALUES ('glad')",
]
STEPWISE = [
    "BEGIN; SELECT 1; COMMIT; SELECT 2;",
    "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;",
    "BEGIN; SELECT 1; ROLLBACK;",
    "BEGIN; SELECT 1; ABORT; SELECT 2",
    "SELECT 1; COMMIT",
    "COMMIT; SELECT 1",
    "VACUUM",
    "CREATE INDEX CONCURRENTLY i ON a (id)",
    "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY i ON a (id)",
    "BEGIN; SELECT 1; COMMIT; VACUUM",
]
DOUBTFUL = {
    "BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; COMMIT": "chains or prepares",
    "BEGIN; SELECT 1; ROLLBACK AND CHAIN; COMMIT": "chains or prepares",
    "BEGIN; PREPARE TRANSACTION 'x'; COMMIT": "chains or prepares",
    "COMMIT PREPARED 'x'": "chains or prepares",
    "ROLLBACK PREPARED 'x'": "chains or prepares",
    "SELECT 1; ROLLBACK": "chains or prepares",
    "SELECT setval('s', 1)": "uses setval",
    "SELECT pg_catalog.SetVal('s', 1)": "uses setval",
    "SELECT dblink_exec('', '')": "uses dblink_exec",
    "BEGIN; SELECT lo_export(1, '/x'); COMMIT": "uses lo_export",
}


@pytest.mark.parametrize("script", WHOLE)
def test_one_transaction_is_sent_whole(judge: Judge, script: str) -> None:
    form = judge(script)
    assert (form.doubt, form.stepwise, form.unclosed) == (None, False, False)


@pytest.mark.parametrize("script", STEPWISE)
def test_what_is_several_transactions_or_refuses_one_is_sent_step_by_step(judge: Judge, script: str) -> None:
    form = judge(script)
    assert (form.doubt, form.stepwise, form.unclosed) == (None, True, False)
    assert form.record_at is None


@pytest.mark.parametrize(("script", "doubt"), DOUBTFUL.items())
def test_what_a_rollback_may_not_undo_is_in_doubt_and_says_why(judge: Judge, script: str, doubt: str) -> None:
    assert doubt in str(judge(script).doubt)


UNCLOSED = [
    "BEGIN; CREATE TABLE a (id int)",
    "START TRANSACTION; SELECT 'COMMIT;' -- COMMIT;",
    "BEGIN; SELECT 1; COMMIT; BEGIN",
    "BEGIN; SAVEPOINT s; ROLLBACK TO s; RELEASE s",
]


@pytest.mark.parametrize("script", UNCLOSED)
def test_a_transaction_that_is_left_open_is_refused_with_what_to_do(judge: Judge, script: str) -> None:
    with pytest.raises(
        TransactionLeftOpen, match=r"^prisma/migrations/1_x/migration\.sql .*Add COMMIT at its end"
    ):
        judge(script)


@pytest.mark.parametrize("script", UNCLOSED)
def test_a_policy_that_allows_an_open_transaction_has_it_committed(judge: Judge, script: str) -> None:
    form = judge(script, Policy(open_transaction="allow"))
    assert (form.unclosed, form.doubt, form.record_at) == (True, None, None)
    assert form.stepwise == (script.count("BEGIN") > 1)


@pytest.mark.parametrize(
    ("script", "behind"),
    [
        ("BEGIN; SELECT 1; COMMIT; -- end", "COMMIT; -- end"),
        ("BEGIN; SELECT 'é€😀';\r\n/* x */ END", "END"),
        ("SET a.b = 1; BEGIN; SELECT 1; COMMIT", "COMMIT"),
        ("BEGIN; SELECT 1; COMMIT; SELECT 2", None),
        ("SELECT 1", None),
        ("COMMIT", None),
        ("BEGIN; SELECT 1; ROLLBACK", None),
    ],
)
def test_the_record_goes_before_the_commit_of_a_wrapped_script_else_behind_the_script(
    judge: Judge, script: str, behind: str | None
) -> None:
    at = judge(script).record_at
    assert (None if at is None else script[at:]) == behind


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("SELECT 1;\n\\d", 2),
        ("SELECT 1;\r\n\r\n\\i other.sql\r\n", 3),
        ("COPY a (b) FROM STDIN;\n1\n\\.\n", 1),
        ("SELECT 1;\n\ncopy a from stdin", 3),
        ("COPY a TO STDOUT;", 1),
        ("BEGIN;\nCOPY a FROM stdin WITH (FORMAT csv);\nx,y\n\\.\nCOMMIT;", 2),
    ],
)
def test_what_needs_psql_is_refused_with_its_line(judge: Judge, script: str, line: int) -> None:
    with pytest.raises(ScriptRefused, match=rf"1_x/migration\.sql:{line}: .*only psql"):
        judge(script)


@pytest.mark.parametrize(
    "script", ["SELECT '\\d', E'\\\\', $$\\i x$$", "COPY a FROM '/stdin.csv'", "-- \\d\nSELECT 1"]
)
def test_what_only_looks_like_psqls_is_not_refused(judge: Judge, script: str) -> None:
    assert judge(script).doubt is None


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
