"""What a person sees of a run: each applied migration, what runs now, how far an index build is."""

from __future__ import annotations

import io

from rich.console import Console

from tools.cli.migrate.progress import Run


def followed(*, terminal: bool) -> tuple[str, Run]:
    """Run through two migrations, the second with a build, and return what was printed."""
    printed = io.StringIO()
    run = Run(Console(file=printed, force_terminal=terminal, width=160))
    run.expect(["1_notes", "2_[index]"])
    with run:
        run.info("Migration applied", migration="1_notes", seconds=0.123)
        run.warning("A dump is running", pid=17, tables=["a", "b"])
        run.info("Index is being built", migration="2_[index]", phase="building index", percent=42.4)
    return printed.getvalue(), run


def test_off_a_terminal_nothing_moves_and_each_line_is_printed_once() -> None:
    printed, run = followed(terminal=False)
    assert printed.splitlines() == [
        "✓ 1_notes  0.12 s",
        "! A dump is running: pid 17, tables a, b",
        "  Index is being built: migration 2_[index], phase building index, percent 42.4",
    ]
    assert run.applied == ["1_notes"]
    assert run.pending == ["2_[index]"]
    assert run.building


def test_on_a_terminal_one_line_says_what_runs_and_how_far_it_is() -> None:
    printed, _ = followed(terminal=True)
    assert "2_[index] (2 of 2)" in printed
    assert "building index, 42 %" in printed
