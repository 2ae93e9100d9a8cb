"""What a person is told when a restore was stopped is true of that moment, and never costs what was there."""

from __future__ import annotations

import pytest

from containers.backup.restore.progress import CHECKING
from tools.backup.outcome import COMPARING, same, stopped

ROWS = "Restoring rows"
TABLES = frozenset({"public.b", "public.a"})


def words(step: str, *, tables: frozenset[str] | None = None, into_non_empty: bool = False) -> str:
    return stopped(step, backup="B", title="T", tables=tables, into_non_empty=into_non_empty)


@pytest.mark.parametrize(
    ("step", "tables", "into_non_empty", "told"),
    [
        (CHECKING, None, False, "nothing of B was restored into T."),
        (CHECKING, TABLES, False, "nothing of public.a, public.b of B was restored"),
        (COMPARING, None, False, "B is restored into T, and was not compared to the end"),
        (COMPARING, TABLES, False, "public.a, public.b of B is restored into T"),
        (ROWS, None, False, "T holds a part of B. Drop that database"),
        (ROWS, TABLES, False, "T may hold a part of public.a, public.b of B. Try again"),
        (ROWS, None, True, "T holds a part of B beside what was there before. Remove what was restored"),
    ],
)
def test_what_is_there_is_told_by_the_last_step(
    step: str,
    tables: frozenset[str] | None,
    into_non_empty: bool,  # noqa: FBT001  a parameter of the cases
    told: str,
) -> None:
    assert told in words(step, tables=tables, into_non_empty=into_non_empty)


@pytest.mark.parametrize("step", [CHECKING, ROWS, COMPARING])
def test_a_database_that_held_something_is_never_to_be_dropped(step: str) -> None:
    for held in (words(step, tables=TABLES), words(step, into_non_empty=True)):
        assert "drop" not in held.lower()


def test_what_was_not_compared_is_not_called_the_same() -> None:
    assert "besides was not compared" in same(tables=None, into_non_empty=True)
    assert same(tables=TABLES, into_non_empty=True).endswith("of these tables")
