"""The first 300 characters of a failure carry what matters, because CloudFormation shows little more."""

from __future__ import annotations

import hashlib

import pytest

from lambdas.bootstrap.migrations.failure import describe, place
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.script import analyse
from lambdas.bootstrap.migrations.simple_query import Refusal

RECORD = "\n;UPDATE public._prisma_migrations SET finished_at = now()"
SHOWN_CHARACTERS = 300


def text(script: str, *, position: int | None, completed: int = 0, record: str = RECORD, **more: str) -> str:
    migration = Migration(
        name="20260101000000_orders",
        file="prisma/migrations/20260101000000_orders/migration.sql",
        script=script,
        checksum=hashlib.sha256(script.encode()).hexdigest(),
    )
    form = analyse(migration)
    refusal = Refusal(
        message=more.get("message", "no"), sqlstate=more.get("sqlstate", "42601"), hint=more.get("hint", ""),
        position=position,
    )  # fmt: skip
    where = place(migration=migration, form=form, refusal=refusal, completed=completed, record=record)
    return describe(migration=migration, form=form, refusal=refusal, where=where, record=record)


def test_a_failure_reads_from_the_file_to_what_to_do() -> None:
    shown = text(
        "CREATE TABLE a (id int);\nSELECT idd FROM a;\n",
        position=33,
        message='column "idd" does not exist',
        sqlstate="42703",
        hint='Perhaps you meant to reference the column "a.id".',
    )
    assert shown == (
        "P3018: migration 20260101000000_orders failed at "
        "prisma/migrations/20260101000000_orders/migration.sql:2:8: "
        'column "idd" does not exist (42703)\n'
        "    SELECT idd FROM a;\n"
        "           ^\n"
        'Hint: Perhaps you meant to reference the column "a.id".\n'
        "Nothing of it was kept. Correct the file and deploy again."
    )
    assert "42703" in shown[:SHOWN_CHARACTERS]


@pytest.mark.parametrize(
    ("script", "position", "completed", "expected"),
    [
        ("SELECT 1;\nSELECT 2;\nSELECT 3;", None, 1, ":2:1:"),
        ("SELECT (1", 11, 0, ":1:10:"),
        ("", None, 0, ":1:1:"),
    ],
)
def test_the_place_is_the_servers_position_or_the_statement_it_stopped_at(
    script: str, position: int | None, completed: int, expected: str
) -> None:
    assert expected in text(script, position=position, completed=completed)


def test_a_position_behind_the_inserted_record_is_moved_back_into_the_file() -> None:
    record = "UPDATE public._prisma_migrations SET finished_at = now();\n"
    script = "BEGIN;\nSELECT 1;\nCOMMIT WORK x;"
    position = script.index("x") + 1 + len(record)
    assert ":3:13:" in text(script, position=position, record=record)


def test_the_record_is_not_shown_as_if_it_were_the_scripts() -> None:
    shown = text("SELECT 'a", position=8, message=f'unterminated quoted string at or near "\'a{RECORD}"')
    assert "UPDATE" not in shown


def test_a_message_that_quotes_the_whole_script_is_cut() -> None:
    shown = text("SELECT 'a", position=8, message="unterminated quoted string at or near " + "x" * 100_000)
    assert len(shown) < 1_000
    assert shown.endswith("Correct the file and deploy again.")


def test_only_a_statement_among_others_is_told_to_stand_alone() -> None:
    advice = "give it one of its own"
    assert advice in text("SELECT 1; VACUUM", position=None, completed=1, sqlstate="25001")
    assert advice not in text("SELECT f()", position=None, sqlstate="25001")


def test_doubt_says_why_and_how_to_decide() -> None:
    shown = text("BEGIN; SELECT 1; COMMIT; SELEC 2;", position=26)
    assert "not certain: it commits or rolls back by itself" in shown
    assert 'prisma migrate resolve --rolled-back "20260101000000_orders"' in shown
