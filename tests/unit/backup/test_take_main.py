"""`python -m containers.backup` tells a wrong call in one line."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from containers.backup.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("words", [[], ["give"], ["take", "drill"]])
def test_who_says_nothing_that_it_knows_is_told_the_words(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == "say what to do: python -m containers.backup take, or drill\n"


@pytest.mark.parametrize("word", ["take", "drill"])
def test_a_variable_that_is_missing_is_one_line(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BUCKET", raising=False)
    assert main([word]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "BUCKET" in said
