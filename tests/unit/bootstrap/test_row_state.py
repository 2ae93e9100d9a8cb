"""What a row says of its script is read as it was written, and nothing else is taken for it."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.row_state import (
    ONE_TRANSACTION,
    Begun,
    Steps,
    is_one_transaction,
    left_nothing,
    steps_of,
)

DIGEST = "0123456789abcdef" * 4
NOTHING_YET = Steps(done=0, total=3, digest=DIGEST)
STOPPED = Steps(done=2, total=3, digest=DIGEST)
SENTENCE = STOPPED.sentence()
WRITTEN = [
    NOTHING_YET,
    STOPPED,
    Steps(done=0, total=1, digest=DIGEST, begun=Begun(statement="DO $$ BEGIN COMMIT; END $$", facts={})),
    Steps(
        done=0,
        total=1,
        digest=DIGEST,
        begun=Begun(statement="DROP INDEX CONCURRENTLY i", facts={"index": None}),
    ),
    Steps(
        done=12,
        total=345,
        digest=DIGEST,
        begun=Begun(statement="", facts={"indexes": [16384, 16390], "a": True}),
    ),
    Steps(
        done=1,
        total=2,
        digest=DIGEST,
        begun=Begun(statement='"a; {b}" -- ü\x85\n', facts={"x": "\nnext is {x}"}),
    ),
]


@pytest.mark.parametrize("steps", WRITTEN)
def test_a_sentence_is_one_line_and_is_read_as_it_was_written(steps: Steps) -> None:
    assert len(steps.sentence().splitlines()) == 1
    assert steps_of(steps.sentence()) == steps


@pytest.mark.parametrize("steps", WRITTEN)
def test_a_sentence_is_found_behind_a_failures_text(steps: Steps) -> None:
    assert steps_of(f"P3018: migration 1_x failed\n    SELECT 1/0\n           ^\n{steps.sentence()}") == steps


@pytest.mark.parametrize(
    "logs",
    [
        None,
        "",
        "\n",
        "ERROR: relation exists",
        ONE_TRANSACTION,
        SENTENCE + " ",
        " " + SENTENCE,
        f"{SENTENCE}\nundone by hand",
        SENTENCE.replace(DIGEST, DIGEST[:-1]),
        SENTENCE.replace(DIGEST, DIGEST.upper()),
        SENTENCE.replace("2 of", "two of"),
        SENTENCE.replace("2 of", "-2 of"),
        SENTENCE.replace("datatier", "Datatier"),
        f"{SENTENCE}; next is",
        f"{SENTENCE}; next is []",
        f"{SENTENCE}; next is null",
        f"{SENTENCE}; next is {{broken}}",
        f'{SENTENCE}; next is {{"indexes": [1]}}',
        f'{SENTENCE}; next is {{"statement": 1, "facts": {{}}}}',
    ],
)
def test_what_was_written_by_others_or_changed_by_hand_says_nothing(logs: str | None) -> None:
    assert steps_of(logs) is None


def test_only_the_whole_sentence_alone_proves_that_nothing_was_kept() -> None:
    assert is_one_transaction(ONE_TRANSACTION)
    for logs in (None, "", ONE_TRANSACTION[:-1], f"{ONE_TRANSACTION}\n", f"x\n{ONE_TRANSACTION}", SENTENCE):
        assert not is_one_transaction(logs)


@pytest.mark.parametrize(
    ("steps", "begun"), [(NOTHING_YET, False), (STOPPED, True), (WRITTEN[2], True), (WRITTEN[3], True)]
)
def test_a_script_has_begun_once_a_step_is_committed_or_under_way(steps: Steps, begun: bool) -> None:  # noqa: FBT001  a table's column
    assert steps.begun_any is begun
    assert left_nothing(steps.sentence()) is not begun


def test_a_row_that_says_nothing_does_not_prove_that_nothing_was_kept() -> None:
    assert left_nothing(ONE_TRANSACTION)
    assert not left_nothing(None)
    assert not left_nothing("ERROR: relation exists")
