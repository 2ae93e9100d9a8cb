"""The first 300 characters of a failure carry what matters, because CloudFormation shows little more."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lambdas.bootstrap.migrations.failure import NOTHING_KEPT, describe, uncertain
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.sent import Sent
from lambdas.bootstrap.migrations.simple_query import LOCK_NOT_AVAILABLE, Refusal

RECORD = "UPDATE public._prisma_migrations SET finished_at = now()"
SHOWN_CHARACTERS = 300


def text(script: str, *, position: int | None, left: str = NOTHING_KEPT, **more: str) -> str:
    migration = Migration(
        name="20260101000000_orders",
        file="prisma/migrations/20260101000000_orders/migration.sql",
        path=Path("nowhere"),
        checksum=hashlib.sha256(script.encode()).hexdigest(),
    )
    refusal = Refusal(
        message=more.get("message", "no"), sqlstate=more.get("sqlstate", "42601"), hint=more.get("hint", ""),
        position=position,
    )  # fmt: skip
    sent = Sent(migration=migration, script=script, end=len(script), record=RECORD)
    return describe(sent, refusal, completed=0, left=left)


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


def test_the_record_is_not_shown_as_if_it_were_the_scripts() -> None:
    migration = Migration(name="1_x", file="", path=Path("nowhere"), checksum="")
    part = Sent(migration=migration, script="SELECT $$a", end=10, record=RECORD)
    quoted = f'unterminated dollar-quoted string at or near "$$a{part.inserted}"'
    refusal = Refusal(message=quoted, sqlstate="42601", hint="", position=8)
    shown = describe(part, refusal, completed=0, left=NOTHING_KEPT)
    assert "UPDATE" not in shown
    assert "recorded" not in shown


def test_a_message_that_quotes_the_whole_script_is_cut() -> None:
    shown = text("SELECT 'a", position=8, message="unterminated quoted string at or near " + "x" * 100_000)
    assert len(shown) < 1_000
    assert shown.endswith("Correct the file and deploy again.")


def test_only_a_lock_that_was_not_free_is_explained_with_where_to_look() -> None:
    advice = "pg_stat_activity"
    assert advice in text("ALTER TABLE a ADD b int", position=None, sqlstate=LOCK_NOT_AVAILABLE)
    assert advice not in text("ALTER TABLE a ADD b int", position=None)


def test_doubt_says_why_and_how_to_decide() -> None:
    left = uncertain("20260101000000_orders", "it uses setval, whose effect a rollback does not undo")
    shown = text("SELECT setval('s', 1)", position=8, left=left)
    assert "not certain: it uses setval, whose effect a rollback does not undo." in shown
    assert 'prisma migrate resolve --rolled-back "20260101000000_orders"' in shown
    assert '`--applied "20260101000000_orders"`' in shown
