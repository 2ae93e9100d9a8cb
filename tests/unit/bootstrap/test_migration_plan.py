"""What is pending follows from the rows alone, in Prisma's terms; a contradiction of the two is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    AppliedScriptEdited,
    FailedEarlier,
    FolderGone,
    HistoryDiverged,
    StateError,
)
from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.plan import Plan, Row, plan_history, refuse
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.row_state import ONE_TRANSACTION, Steps

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.bootstrap.migrations.history import Migration

SCRIPT = "SELECT 1;"
STOPPED = f"P3018: division by zero\n{Steps(done=1, total=2, digest='0' * 64).sentence()}"


def checksum(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def row(name: str, state: str, *, logs: str | None = None, script: str = SCRIPT) -> Row:
    return Row(
        id=f"{name} {state}",
        name=name,
        checksum=checksum(script),
        finished=state == "applied",
        rolled_back=state == "rolled back",
        logs=logs,
    )


def rows(*applied: str) -> list[Row]:
    return [row(name, "applied") for name in applied]


@pytest.fixture
def history(tmp_path: Path) -> tuple[Migration, ...]:
    """Return the migrations 1, 2 and 3."""
    for name in "123":
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_text(SCRIPT, encoding="utf-8")
    return read_history(tmp_path, shown_as="m")


def names(found: tuple[Migration, ...] | tuple[Row, ...]) -> list[str]:
    return [one.name for one in found]


def refusal(plan: Plan, policy: Policy | None = None) -> tuple[type[StateError] | None, str]:
    try:
        refuse(plan, policy or Policy())
    except StateError as error:
        return type(error), str(error)
    return None, ""


def test_everything_is_pending_on_an_empty_record_and_nothing_on_a_full_one(
    history: tuple[Migration, ...],
) -> None:
    assert names(plan_history(history, []).pending) == ["1", "2", "3"]
    full = plan_history(history, rows("1", "2", "3"))
    assert (full.pending, names(full.applied)) == ((), ["1", "2", "3"])
    assert refusal(full) == (None, "")


def test_an_older_folder_that_arrives_late_is_pending(history: tuple[Migration, ...]) -> None:
    plan = plan_history(history, rows("1", "3"))
    assert names(plan.pending) == ["2"]
    assert refusal(plan) == (None, "")


def test_a_rolled_back_row_counts_for_nothing(history: tuple[Migration, ...]) -> None:
    found = [
        row("1", "rolled back", logs="P3018"),
        *rows("1"),
        row("2", "rolled back"),
        row("9", "rolled back"),
    ]
    plan = plan_history(history, found)
    assert names(plan.pending) == ["2", "3"]
    assert (plan.failed, plan.failed_elsewhere, plan.ahead, plan.missing) == ((), (), (), ())


@pytest.mark.parametrize("logs", [None, "", "ERROR: relation exists\nmore"])
def test_a_failed_row_blocks_with_prismas_p3009(history: tuple[Migration, ...], logs: str | None) -> None:
    plan = plan_history(history, [*rows("1"), row("2", "failed", logs=logs)])
    assert (names(plan.failed), names(plan.unfinished)) == (["2"], [])
    kind, message = refusal(plan)
    assert kind is FailedEarlier
    assert message.startswith("P3009: migration 2 failed in an earlier run")
    assert ("It said: ERROR: relation exists" in message) == bool(logs)
    assert 'resolve --rolled-back "2"' in message
    assert '`--applied "2"`' in message


@pytest.mark.parametrize("logs", [ONE_TRANSACTION, STOPPED], ids=["one transaction", "steps"])
def test_an_unfinished_row_that_says_how_far_it_came_is_taken_up_again(
    history: tuple[Migration, ...], logs: str
) -> None:
    plan = plan_history(history, [row("1", "failed", logs=logs)])
    assert (names(plan.unfinished), plan.failed) == (["1"], ())
    assert names(plan.pending) == ["1", "2", "3"]
    assert refusal(plan) == (None, "")


def test_a_failure_that_somebody_resolved_by_applying_is_over(history: tuple[Migration, ...]) -> None:
    plan = plan_history(history, [row("1", "failed", logs="x"), *rows("1", "2", "3")])
    assert (plan.failed, plan.unfinished, plan.pending) == ((), (), ())


@pytest.mark.parametrize("logs", ["x", None, STOPPED], ids=["failed", "silent", "stopped"])
def test_what_failed_and_is_not_in_the_folder_is_told_and_never_blocks(
    history: tuple[Migration, ...], logs: str | None
) -> None:
    plan = plan_history(history[:1], [*rows("1", "2"), row("3", "failed", logs=logs)])
    assert (plan.ahead, names(plan.failed_elsewhere), plan.pending) == (("2",), ["3"], ())
    assert (plan.failed, plan.unfinished, plan.missing) == ((), (), ())
    assert refusal(plan) == (None, "")


def test_a_killed_run_of_a_script_that_is_gone_left_nothing_and_is_no_failure(
    history: tuple[Migration, ...],
) -> None:
    plan = plan_history(history, [*rows("1"), row("9", "failed", logs=ONE_TRANSACTION)])
    assert (names(plan.unfinished), plan.failed_elsewhere, plan.failed) == (["9"], (), ())


def test_an_edited_script_is_refused_with_its_file_unless_allowed(history: tuple[Migration, ...]) -> None:
    found = [row("1", "applied", script="SELECT 0;"), row("2", "applied", script="SELECT 0;")]
    plan = plan_history(history, found)
    assert names(plan.edited) == ["1", "2"]
    kind, message = refusal(plan)
    assert kind is AppliedScriptEdited
    assert message.startswith("m/1/migration.sql was changed after it had been applied (and 1 more). ")
    assert message.endswith("Edited: 1, 2.")
    assert refusal(plan, Policy(edited="allow")) == (None, "")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_alone_are_no_edit(tmp_path: Path, end: str) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "migration.sql").write_text(f"SELECT{end}1;{end}", encoding="utf-8", newline="")
    history = read_history(tmp_path)
    for script in ("SELECT\n1;\n", "SELECT\r\n1;\r\n"):
        assert plan_history(history, [row("1", "applied", script=script)]).edited == ()


def test_an_applied_migration_without_its_folder_is_refused_when_later_ones_are_here_unless_allowed(
    history: tuple[Migration, ...],
) -> None:
    plan = plan_history(history[1:], rows("1", "2", "3"))
    assert (plan.missing, plan.ahead, plan.pending) == (("1",), (), ())
    kind, message = refusal(plan)
    assert kind is FolderGone
    assert message.startswith("migration 1 is applied and its folder is gone, although later ones are here.")
    assert refusal(plan, Policy(missing="allow")) == (None, "")


def test_a_database_that_is_ahead_is_never_refused_while_nothing_is_pending(
    history: tuple[Migration, ...],
) -> None:
    plan = plan_history(history[:1], rows("1", "2", "3"))
    assert (plan.ahead, plan.missing, plan.pending) == (("2", "3"), (), ())
    assert refusal(plan) == (None, "")


def test_two_sides_that_lack_each_others_migrations_are_refused_with_both_unless_allowed(
    history: tuple[Migration, ...],
) -> None:
    plan = plan_history(history, rows("1", "9_theirs"))
    assert (plan.ahead, names(plan.pending)) == (("9_theirs",), ["2", "3"])
    kind, message = refusal(plan)
    assert kind is HistoryDiverged
    assert "1 migrations that this history lacks (9_theirs), and 2 are pending (2, 3)" in message
    assert refusal(plan, Policy(diverged="allow")) == (None, "")


def test_a_folder_that_is_gone_is_also_a_difference_to_what_is_pending(
    history: tuple[Migration, ...],
) -> None:
    plan = plan_history(history[1:], rows("1", "2"))
    assert refusal(plan)[0] is FolderGone
    assert refusal(plan, Policy(missing="allow"))[0] is HistoryDiverged
    assert refusal(plan, Policy(missing="allow", diverged="allow")) == (None, "")


def test_a_failure_is_told_before_anything_else_and_no_policy_allows_it(
    history: tuple[Migration, ...],
) -> None:
    found = [row("1", "applied", script="SELECT 0;"), row("2", "failed", logs="x"), *rows("9")]
    lenient = Policy(edited="allow", missing="allow", diverged="allow", open_transaction="allow")
    for policy in (Policy(), lenient):
        assert refusal(plan_history(history, found), policy)[0] is FailedEarlier


def test_of_two_unfinished_rows_the_one_counts_that_may_stand_for_something(
    history: tuple[Migration, ...],
) -> None:
    stopped = row("1", "stopped", logs=Steps(done=1, total=2, digest="0" * 64).sentence())
    begun = row("1", "begun", logs=ONE_TRANSACTION)
    for twins in ([stopped, begun], [begun, stopped]):
        assert plan_history(history, twins).unfinished[-1] == stopped
