"""What a script's statements leave in their session, so that a later one can go on in the middle. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, cast

from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.syntax import Node, Tree, parse

_OPENINGS: Final = frozenset(
    (word,)
    for word in (
        "call", "create", "declare", "discard", "do", "listen", "load", "prepare", "reset", "select", "set",
        "table", "values", "with",
    )
)  # fmt: skip
_LOST: Final = frozenset({
    "DeclareCursorStmt", "DiscardStmt", "ListenStmt", "LoadStmt", "PrepareStmt",
})  # fmt: skip
# What a block of code may do to its session, as far as its text shows.
_HIDDEN: Final = ("set_config", "temp", "set ", "discard")
# Locks of the session, and functions or types of its own.
_LOST_WORDS: Final = ("advisory_lock", "pg_temp")
_TARGETS: Final = ("relation", "view", "sequence", "into", "intoClause")


def left_in_session(text: str) -> Literal["nothing", "setting", "lost"]:
    """Whether a statement leaves a setting that can be made again, or what no other session has."""
    lowered = text.lower()
    first = next(split(text), None)
    # Large INSERTs are not parsed: their trees would take many times their memory.
    node = parse(text) if first is not None and first.opening[:1] in _OPENINGS else None
    if node is not None and node.kind == "VariableSetStmt":
        return "nothing" if node.fields.get("is_local") else "setting"
    if node is not None and node.kind == "SelectStmt" and "set_config" in lowered:
        return "setting" if _only_sets(node) else "lost"
    lost = any(word in lowered for word in _LOST_WORDS) or (node is not None and _is_lost(node, lowered))
    return "lost" if lost else "nothing"


def _is_lost(node: Node, lowered: str) -> bool:
    if node.kind in ("DoStmt", "CallStmt"):
        return any(word in lowered for word in _HIDDEN)
    return node.kind in _LOST or _is_temporary(node)


def _only_sets(node: Node) -> bool:
    """Whether a SELECT does nothing but call set_config, so that it can be run once more."""
    columns = cast("Sequence[Mapping[str, Mapping[str, Tree]]]", node.fields.get("targetList", ()))
    calls = [cast("Tree", column["ResTarget"]["val"].get("FuncCall", {})) for column in columns]
    names = [cast("Sequence[Mapping[str, Mapping[str, str]]]", call.get("funcname", ())) for call in calls]
    only = all(name and name[-1]["String"]["sval"] == "set_config" for name in names)
    return only and "fromClause" not in node.fields


def _is_temporary(node: Node) -> bool:
    for name in _TARGETS:
        target = node.fields.get(name)
        if isinstance(target, Mapping):
            fields = cast("Tree", target)
            relation = cast("Tree", fields.get("rel", fields))
            if relation.get("relpersistence") == "t" or relation.get("schemaname") == "pg_temp":
                return True
    return False
