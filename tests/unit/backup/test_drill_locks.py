"""Locks as a report tells of them: tables by name, modes in SQL's words, nothing that nobody waits for."""

from __future__ import annotations

import pytest

from containers.backup.drill.locks import named, spoken
from containers.backup.drill.report import Lock


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("AccessShareLock", "ACCESS SHARE"),
        ("RowShareLock", "ROW SHARE"),
        ("RowExclusiveLock", "ROW EXCLUSIVE"),
        ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
        ("ShareLock", "SHARE"),
        ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
        ("ExclusiveLock", "EXCLUSIVE"),
        ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
    ],
)
def test_a_mode_is_told_in_the_words_of_the_manual(mode: str, words: str) -> None:
    assert spoken(mode) == words


def test_what_was_not_there_before_is_left_out() -> None:
    held = {(2, "ShareLock"), (1, "AccessExclusiveLock"), (1, "ShareLock"), (3, "AccessExclusiveLock")}
    assert named(held, {1: "public.a", 2: 'public."B"'}) == (
        Lock(table='public."B"', mode="SHARE"),
        Lock(table="public.a", mode="ACCESS EXCLUSIVE"),
        Lock(table="public.a", mode="SHARE"),
    )
