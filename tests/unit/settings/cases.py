"""Reads the tables of wrong settings: TOML, then `=>` and the line that answers it. Runs nothing."""

from pathlib import Path

ANSWER = "=> "


def read_cases(name: str) -> list[tuple[str, str]]:
    """Return each case of a `.cases` file beside this module as (TOML, answer)."""
    cases: list[tuple[str, str]] = []
    pending: list[str] = []
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line.startswith(ANSWER):
            cases.append(("\n".join(pending), line.removeprefix(ANSWER)))
            pending = []
        elif line and not line.startswith("#"):
            pending.append(line)
    assert cases
    assert not pending, f"{name} ends without an answer"
    return cases
