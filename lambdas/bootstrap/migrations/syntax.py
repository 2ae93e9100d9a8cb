"""What a single statement is, by PostgreSQL's own parser (libpg_query, through pgparse). It judges nothing.

Only single statements are parsed, never whole scripts: a tree takes many times the memory of its text. The
parser is of a newer PostgreSQL than the server; what it cannot read is left to the server to judge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

Tree = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A statement: the parser's name for its kind (`IndexStmt`, `AlterTableStmt`, …) and its fields."""

    kind: str
    fields: Tree


def parse(text: str) -> Node | None:
    """The tree of one statement; None where the parser cannot read it."""
    # Imported on first use: a run that has nothing to apply does not pay for it.
    import pgparse  # noqa: PLC0415  as said above

    read_tree = cast("Callable[[str], list[Tree]]", pgparse.parse)
    try:
        statements = read_tree(text)
    except cast("type[Exception]", pgparse.PGQueryError):
        return None
    if len(statements) != 1:
        return None
    ((kind, fields),) = cast("Mapping[str, Tree]", statements[0]["stmt"]).items()
    return Node(kind=kind, fields=fields)
