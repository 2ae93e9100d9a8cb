"""A script that only works step by step is cut where its author's transactions begin and end."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.script import Step, steps

FIVE = "SELECT 'é; 😀';\r\nBEGIN;\r\nSELECT 2;\r\nEND;\r\nVACUUM; -- ;\r\n"


@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("", []),
        ("-- nothing;\n;;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; ;SELECT 2 -- x", ["SELECT 1", "SELECT 2"]),
        (FIVE, ["SELECT 'é; 😀'", "BEGIN;\r\nSELECT 2;\r\nEND", "VACUUM"]),
        ("BEGIN; SELECT 1; COMMIT; BEGIN; COMMIT", ["BEGIN; SELECT 1; COMMIT", "BEGIN; COMMIT"]),
        ("START TRANSACTION; SELECT 1; ABORT; SELECT 2", ["START TRANSACTION; SELECT 1; ABORT", "SELECT 2"]),
        ("BEGIN; SAVEPOINT s; ROLLBACK TO s; COMMIT; a", ["BEGIN; SAVEPOINT s; ROLLBACK TO s; COMMIT", "a"]),
        ("BEGIN; BEGIN; SELECT 1; COMMIT; VACUUM", ["BEGIN; BEGIN; SELECT 1; COMMIT", "VACUUM"]),
        ("BEGIN; COMMIT; SELECT 1", ["BEGIN; COMMIT", "SELECT 1"]),
        ("COMMIT; SELECT 1; COMMIT", ["SELECT 1"]),
        ("DO $$ BEGIN COMMIT; END $$; SELECT 2", ["DO $$ BEGIN COMMIT; END $$", "SELECT 2"]),
        ("VACUUM; BEGIN; SELECT 1;", ["VACUUM", "BEGIN; SELECT 1"]),
    ],
)  # fmt: skip
def test_a_step_is_a_statement_or_a_whole_block(script: str, parts: list[str]) -> None:
    assert [script[step.start : step.end] for step in steps(script)] == parts


@pytest.mark.parametrize(
    ("script", "behind"),
    [
        (FIVE, [None, "END;\r\nVACUUM; -- ;\r\n", None]),
        ("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; ROLLBACK", ["COMMIT; BEGIN; SELECT 2; ROLLBACK", None]),
        ("SELECT 1; BEGIN; SELECT 2", [None, None]),
    ],
)
def test_a_blocks_record_goes_before_its_commit_and_any_other_behind_its_step(
    script: str, behind: list[str | None]
) -> None:
    found = [None if step.record_at is None else script[step.record_at :] for step in steps(script)]
    assert found == behind


def test_each_step_says_what_it_is() -> None:
    script = "SELECT 1; VACUUM; BEGIN; VACUUM; COMMIT; BEGIN; SELECT 2"
    found = list(steps(script))
    assert [(step.block, step.outside, step.open) for step in found] == [
        (False, False, False),
        (False, True, False),
        (True, False, False),
        (True, False, True),
    ]
    assert found[0] == Step(start=0, end=len("SELECT 1"))
