"""The promise ledger speaks of things that exist: every path, test, target and command it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from typer.main import get_command

from tools.cli import app
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = repository_root()
LEDGER = ROOT / "docs" / "promises.md"
UNPROVEN = "no proof yet"


class Promise(NamedTuple):
    """One row of the ledger."""

    statement: str
    declared: str
    proof: str


def promises() -> Iterator[Promise]:
    for line in LEDGER.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in {"Statement", "---"}:
            yield Promise(*cells)


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def exists(name: str) -> bool:
    """Tell whether a name of the ledger is there: `make x`, `datatier x`, a path, or path::test."""
    program, _, argument = name.partition(" ")
    if program == "make":
        return bool(re.search(rf"^{argument.split()[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE))
    if program == "datatier":
        return argument.split()[0] in get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]  (a typer app of many commands is a group)
    path, _, function = name.partition("::")
    return (ROOT / path).exists() and (not function or function in functions(path))


@pytest.mark.parametrize("promise", list(promises()), ids=lambda promise: promise.statement[:60])
def test_everything_a_promise_names_exists(promise: Promise) -> None:
    named = [*names(promise.declared), *names(promise.proof)]
    missing = [name for name in named if not exists(name)]
    assert not missing, f"{promise.statement}: {missing}"


@pytest.mark.parametrize("promise", list(promises()), ids=lambda promise: promise.statement[:60])
def test_every_promise_names_its_proof_or_says_that_there_is_none(promise: Promise) -> None:
    assert names(promise.proof) or UNPROVEN in promise.proof


def test_the_ledger_is_read_at_all() -> None:
    assert len(list(promises())) > 40


@pytest.mark.parametrize(
    "name", ["make nothing", "datatier nothing", "docs/nothing.md", f"{__file__}::nothing"]
)
def test_a_name_that_is_not_there_is_found_out(name: str) -> None:
    assert not exists(name.removeprefix(f"{ROOT}/"))
