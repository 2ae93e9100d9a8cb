"""What a person may choose for a bench. It measures nothing."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (20, 200, 1000)
ROWS = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is measured: groups by name, runs of each, histories' sizes in scripts, a table's rows."""

    groups: tuple[str, ...]
    runs: int = 5
    sizes: tuple[int, ...] = SIZES
    rows: int = ROWS
    prisma: bool = True


def parse(arguments: Sequence[str] | None, *, groups: Sequence[str], description: str | None) -> Options:
    """Read the command line; a wrong one ends the program with what is accepted."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=description)
    parser.add_argument("--runs", type=_positive, default=5, help="runs of each contender (default 5)")
    parser.add_argument(
        "--only", action="append", choices=groups, metavar="GROUP",
        help=f"measure this group alone: {', '.join(groups)}; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--sizes", type=_positives, default=SIZES, metavar="N,N", help="migrations of a history (20,200,1000)"
    )
    parser.add_argument(
        "--rows", type=_positive, default=ROWS, help="rows of the table that gets an index (default 5000000)"
    )
    parser.add_argument(
        "--no-prisma", action="store_true", help="leave the Prisma CLI out, the slowest by far"
    )
    chosen = parser.parse_args(arguments)
    return Options(
        groups=tuple(chosen.only or groups), runs=chosen.runs, sizes=chosen.sizes, rows=chosen.rows,
        prisma=not chosen.no_prisma,
    )  # fmt: skip


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _positives(text: str) -> tuple[int, ...]:
    return tuple(_positive(part) for part in text.split(","))
