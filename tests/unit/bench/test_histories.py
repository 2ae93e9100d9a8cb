"""The histories that are measured are the same each time, and made as real ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.bootstrap.migrations.lexer import split
from tools.bench.histories import write_history, write_large

if TYPE_CHECKING:
    from pathlib import Path


def scripts(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.glob("*/migration.sql"))]


def test_the_same_history_is_written_each_time(tmp_path: Path) -> None:
    one, other = (write_history(tmp_path / name, scripts=20) for name in ("one", "other"))
    assert scripts(one) == scripts(other)
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in other.iterdir())


def test_each_script_has_two_to_six_statements(tmp_path: Path) -> None:
    found = scripts(write_history(tmp_path / "history", scripts=10))
    assert len(found) == 10
    assert {sum(1 for _ in split(script)) for script in found} <= set(range(2, 7))


def test_a_large_script_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    (script,) = scripts(write_large(tmp_path / "history", scripts=1, size=300_000))
    assert 300_000 <= len(script) < 350_000
