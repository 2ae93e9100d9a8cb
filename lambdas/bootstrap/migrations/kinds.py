"""From a statement's text to the way its effect is settled. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from lambdas.bootstrap.migrations.catalog import quoted
from lambdas.bootstrap.migrations.outside import detaches_concurrently, reindexes_concurrently
from lambdas.bootstrap.migrations.settle import Detach, IndexBuild, IndexDrop, Outside, Reindex, Repeatable
from lambdas.bootstrap.migrations.syntax import Node, Tree, parse


def outside_statement(text: str) -> Outside:
    """The way to settle a statement; of what is not known here, nothing is certain."""
    node = parse(text)
    kind = None if node is None else _KINDS.get(node.kind)
    return Outside() if node is None or kind is None else kind(node)


def procedure_of(text: str) -> str | None:
    """The name of the procedure that a CALL runs, empty for a DO; None for any other statement."""
    node = parse(text)
    if node is None or node.kind not in ("CallStmt", "DoStmt"):
        return None
    if node.kind == "DoStmt":
        return ""
    call = cast("Mapping[str, Sequence[Mapping[str, Mapping[str, str]]]]", node.fields["funccall"])
    return call["funcname"][-1]["String"]["sval"]


def _index_build(node: Node) -> Outside:
    if not node.fields.get("concurrent"):
        return Outside()
    name = cast("str | None", node.fields.get("idxname"))
    return IndexBuild(relation=_relation_name(node.fields["relation"]), name=name)


def _drop(node: Node) -> Outside:
    if not node.fields.get("concurrent"):
        return Outside()
    objects = cast(
        "Sequence[Mapping[str, Mapping[str, Sequence[Mapping[str, Mapping[str, str]]]]]]",
        node.fields["objects"],
    )
    return IndexDrop(relation=quoted(*(item["String"]["sval"] for item in objects[0]["List"]["items"])))


def _reindex(node: Node) -> Outside:
    concurrently = reindexes_concurrently(node)
    if concurrently and "relation" in node.fields:
        return Reindex(relation=_relation_name(node.fields["relation"]))
    return Repeatable(concurrent=concurrently)


def _alter_table(node: Node) -> Outside:
    if not detaches_concurrently(node):
        return Outside()
    commands = cast("Sequence[Mapping[str, Mapping[str, Mapping[str, Tree]]]]", node.fields["cmds"])
    partition = commands[0]["AlterTableCmd"]["def"]["PartitionCmd"]["name"]
    return Detach(parent=_relation_name(node.fields["relation"]), partition=_relation_name(partition))


def _repeatable(_node: Node) -> Outside:
    return Repeatable()


_KINDS: Final[Mapping[str, Callable[[Node], Outside]]] = {
    "IndexStmt": _index_build,
    "DropStmt": _drop,
    "ReindexStmt": _reindex,
    "AlterTableStmt": _alter_table,
    "VacuumStmt": _repeatable,
    "ClusterStmt": _repeatable,
    "DiscardStmt": _repeatable,
    "AlterSystemStmt": _repeatable,
}


def _relation_name(range_variable: object) -> str:
    fields = cast("Tree", range_variable)
    schema, name = fields.get("schemaname"), cast("str", fields["relname"])
    return quoted(name) if schema is None else quoted(cast("str", schema), name)
