"""Reads the parser's trees: typed access to dictionaries of which nothing is promised. It judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from lambdas.bootstrap.migrations.syntax import Node, Tree

EMPTY: Final[Tree] = {}


@dataclass(frozen=True, kw_only=True, order=True)
class Name:
    """A relation's, type's or function's name as a statement writes it; no schema means the search path's."""

    schema: str | None = None
    name: str

    def __str__(self) -> str:
        """As people write it, `public` left out."""
        return self.name if self.schema in (None, "public") else f"{self.schema}.{self.name}"


def branch(tree: Tree, key: str) -> Tree:
    """The dictionary under a key, empty where there is none."""
    found = tree.get(key)
    return cast("Tree", found) if isinstance(found, Mapping) else EMPTY


def text(tree: Tree, key: str) -> str:
    """The text under a key, empty where there is none."""
    found = tree.get(key)
    return found if isinstance(found, str) else ""


def flag(tree: Tree, key: str) -> bool:
    """Whether a key is there and true: the parser leaves out what is false."""
    return tree.get(key) is True


def _sequence(value: object) -> Sequence[object]:
    return (
        cast("Sequence[object]", value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    )


def _unwrapped(value: object) -> Node:
    if isinstance(value, Mapping):
        for kind, fields in cast("Mapping[str, object]", value).items():
            if isinstance(fields, Mapping):
                return Node(kind=kind, fields=cast("Tree", fields))
    return Node(kind="", fields=EMPTY)


def node(tree: Tree, key: str) -> Node:
    """The node under a key; its kind is empty where there is none."""
    return _unwrapped(tree.get(key))


def nodes(tree: Tree, key: str) -> tuple[Node, ...]:
    """The nodes of the list under a key."""
    return tuple(_unwrapped(one) for one in _sequence(tree.get(key)))


def strings(tree: Tree, key: str) -> tuple[str, ...]:
    """The texts of a list of String nodes, for example the parts of a dotted name."""
    return tuple(text(one.fields, "sval") for one in nodes(tree, key) if one.kind == "String")


def integers(tree: Tree, key: str) -> tuple[int, ...]:
    """The numbers of a list of constants: a type's modifiers. The parser leaves out a zero."""
    found = (branch(one.fields, "ival").get("ival", 0) for one in nodes(tree, key) if one.kind == "A_Const")
    return tuple(value for value in found if isinstance(value, int))


def dotted(parts: Sequence[str]) -> Name:
    """The last two parts of a dotted name."""
    return Name(schema=parts[-2] if len(parts) > 1 else None, name=parts[-1] if parts else "")


def named(range_variable: Tree) -> Name:
    """The name that a statement gives a relation."""
    return Name(schema=text(range_variable, "schemaname") or None, name=text(range_variable, "relname"))


def walk(value: object) -> Iterator[Node]:
    """Every node beneath, outermost first; a bare relation counts as a RangeVar."""
    if isinstance(value, Mapping):
        tree = cast("Tree", value)
        for key, under in tree.items():
            if isinstance(under, Mapping):
                fields = cast("Tree", under)
                yield Node(kind="RangeVar" if "relname" in fields else key, fields=fields)
            yield from walk(cast("object", under))
    else:
        for one in _sequence(value):
            yield from walk(one)
