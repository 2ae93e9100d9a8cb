"""Which statements refuse to run in a transaction, as far as their text tells. Pure.

What is not seen here is no danger: the server refuses it (25001), and the script is then sent step by step.
Source: PostgreSQL 15's callers of PreventInTransactionBlock.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from lambdas.bootstrap.migrations.lexer import Statement
from lambdas.bootstrap.migrations.syntax import Node, Tree, parse

# How the parser shows false, off and 0.
_OFF: Final[Sequence[object]] = ({"String": {"sval": "false"}}, {"String": {"sval": "off"}}, {"Integer": {}})
# Only statements with one of these words are worth parsing.
_HINTS: Final = frozenset({
    "cluster", "concurrently", "database", "discard", "reindex", "subscription", "system", "tablespace",
    "vacuum",
})  # fmt: skip


def refuses_transactions(statement: Statement, script: str) -> bool:
    """Whether the server would refuse a statement of this script inside a transaction."""
    if not _HINTS & statement.words:
        return False
    node = parse(script[statement.start : statement.end])
    return node is not None and _RULES.get(node.kind, _never)(node)


def has_option(options: object, name: str) -> bool:
    """Whether a list of options in parentheses holds `name`, and not switched off."""
    for option in cast("Sequence[Mapping[str, Tree]]", options or ()):
        element = option["DefElem"]
        if element["defname"] == name:
            return element.get("arg") not in _OFF
    return False


def detaches_concurrently(node: Node) -> bool:
    """ALTER TABLE … DETACH PARTITION … CONCURRENTLY."""
    commands = cast("Sequence[Mapping[str, Tree]]", node.fields.get("cmds", ()))
    return any(
        cast("Mapping[str, Tree]", command["AlterTableCmd"].get("def") or {})
        .get("PartitionCmd", {})
        .get("concurrent", False)
        for command in commands
        if command["AlterTableCmd"]["subtype"] == "AT_DetachPartition"
    )


def reindexes_concurrently(node: Node) -> bool:
    """REINDEX with CONCURRENTLY in either place."""
    return has_option(node.fields.get("params"), "concurrently")


def _reindexes_many(node: Node) -> bool:
    return node.fields["kind"] in (
        "REINDEX_OBJECT_SCHEMA",
        "REINDEX_OBJECT_DATABASE",
        "REINDEX_OBJECT_SYSTEM",
    )


def _always(_node: Node) -> bool:
    return True


def _never(_node: Node) -> bool:
    return False


_RULES: Final[Mapping[str, Callable[[Node], bool]]] = {
    "IndexStmt": lambda node: bool(node.fields.get("concurrent")),
    "DropStmt": lambda node: bool(node.fields.get("concurrent")),
    "ReindexStmt": lambda node: reindexes_concurrently(node) or _reindexes_many(node),
    "AlterTableStmt": detaches_concurrently,
    "VacuumStmt": lambda node: bool(node.fields.get("is_vacuumcmd")),
    "ClusterStmt": lambda node: "relation" not in node.fields,
    "DiscardStmt": lambda node: node.fields["target"] == "DISCARD_ALL",
    "AlterSystemStmt": _always,
    "CreatedbStmt": _always,
    "DropdbStmt": _always,
    "CreateTableSpaceStmt": _always,
    "DropTableSpaceStmt": _always,
    "CreateSubscriptionStmt": _always,
    "DropSubscriptionStmt": _always,
}
