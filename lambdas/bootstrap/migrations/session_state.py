"""What a script's statements leave in their session, so that a later one can go on in the middle. Pure."""

from collections.abc import Mapping
from typing import Final, Literal, cast

from lambdas.bootstrap.migrations.syntax import Node, Tree, parse

_LOST: Final = frozenset({"PrepareStmt", "DeclareCursorStmt", "ListenStmt", "LoadStmt"})
_TARGETS: Final = ("relation", "view", "sequence", "into", "intoClause")


def left_in_session(text: str) -> Literal["nothing", "setting", "lost"]:
    """Whether a statement leaves a setting that can be made again, or what no other session has."""
    node = parse(text)
    if node is None:
        return "nothing"
    if node.kind == "VariableSetStmt":
        return "nothing" if node.fields.get("is_local") else "setting"
    if node.kind == "SelectStmt" and "set_config" in text.lower():
        return "setting"
    return "lost" if node.kind in _LOST or _is_temporary(node) else "nothing"


def _is_temporary(node: Node) -> bool:
    for name in _TARGETS:
        target = node.fields.get(name)
        if isinstance(target, Mapping):
            fields = cast("Tree", target)
            relation = cast("Tree", fields.get("rel", fields))
            if relation.get("relpersistence") == "t" or relation.get("schemaname") == "pg_temp":
                return True
    return False
