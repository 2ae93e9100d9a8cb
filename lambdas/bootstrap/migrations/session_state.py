"""What a script's statements leave in their session, so that a later one can go on in the middle. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, cast

from lambdas.bootstrap.migrations.syntax import Node, Tree, parse

_LOST: Final = frozenset({"PrepareStmt", "DeclareCursorStmt", "ListenStmt", "LoadStmt"})
# Locks of the session, and functions or types of its own.
_LOST_WORDS: Final = ("advisory_lock", "pg_temp")
_TARGETS: Final = ("relation", "view", "sequence", "into", "intoClause")


def left_in_session(text: str) -> Literal["nothing", "setting", "lost"]:
    """Whether a statement leaves a setting that can be made again, or what no other session has."""
    node = parse(text)
    if node is None:
        return "nothing"
    if node.kind == "VariableSetStmt":
        return "nothing" if node.fields.get("is_local") else "setting"
    lowered = text.lower()
    if node.kind == "SelectStmt" and "set_config" in lowered:
        return "setting" if _only_sets(node) else "lost"
    if node.kind in _LOST or _is_temporary(node) or any(word in lowered for word in _LOST_WORDS):
        return "lost"
    return "nothing"


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
