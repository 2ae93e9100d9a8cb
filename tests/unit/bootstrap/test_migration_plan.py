"""What is pending follows from the rows alone, in Prisma's terms."""

from __future__ import annotations

import hashlib

import pytest

from lambdas.bootstrap.migrations.errors import AppliedScriptEdited, FailedEarlier
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.plan import ONE_TRANSACTION, Row, plan_history


def migration(name: str, script: str = "SELECT 1;") -> Migration:
    return Migration(name=name, file=f"m/{name}", script=script, checksum=checksum(script))


def checksum(script: str = "SELECT 1;") -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def row(name: str, state: str, *, logs: str | None = None, script: str = "SELECT 1;") -> Row:
    return Row(
        id=f"{name} {state}",
        name=name,
        checksum=checksum(script),
        finished=state == "applied",
        rolled_back=state == "rolled back",
        logs=logs,
    )


HISTORY = [migration("1"), migration("2"), migration("3")]


def names(migrations: tuple[Migration, ...]) -> list[str]:
    return [one.name for one in migrations]


def test_everything_is_pending_on_an_empty_record_and_nothing_on_a_full_one() -> None:
    assert names(plan_history(HISTORY, []).pending) == ["1", "2", "3"]
    assert plan_history(HISTORY, [row(name, "applied") for name in "123"]).pending == ()


def test_an_older_folder_that_arrives_late_is_pending() -> None:
    assert names(plan_history(HISTORY, [row("1", "applied"), row("3", "applied")]).pending) == ["2"]


def test_a_rolled_back_row_counts_for_nothing() -> None:
    rows = [row("1", "rolled back", logs="P3018"), row("1", "applied"), row("2", "rolled back")]
    assert names(plan_history(HISTORY, rows).pending) == ["2", "3"]


@pytest.mark.parametrize("logs", [None, "", "ERROR: relation exists\nmore"])
def test_a_failed_row_blocks_with_prismas_p3009(logs: str | None) -> None:
    with pytest.raises(FailedEarlier, match=r'^P3009: migration 2 \(m/2\).*resolve --rolled-back "2"'):
        plan_history(HISTORY, [row("1", "applied"), row("2", "failed", logs=logs)])


def test_an_unfinished_row_of_one_transaction_is_an_interrupted_run() -> None:
    plan = plan_history(HISTORY, [row("1", "failed", logs=ONE_TRANSACTION)])
    assert [one.name for one in plan.interrupted] == ["1"]
    assert names(plan.pending) == ["1", "2", "3"]


def test_rows_that_the_history_does_not_know_are_told_and_never_block() -> None:
    plan = plan_history(HISTORY[:1], [row("1", "applied"), row("2", "applied"), row("3", "failed", logs="x")])
    assert (plan.ahead, plan.failed_unknown, plan.pending) == (("2",), ("3",), ())


def test_an_edited_script_is_refused_or_reported() -> None:
    rows = [row("1", "applied", script="SELECT 0;")]
    with pytest.raises(AppliedScriptEdited, match=r"^m/1 was changed"):
        plan_history(HISTORY, rows)
