"""Which columns a CHECK proves not to be null: SET NOT NULL need not scan a table that has one. Pure."""

from __future__ import annotations

from lambdas.bootstrap.migrations.syntax import Node, parse
from tools.migrate.impact.tree import node, nodes, strings, text


def proven(expression: Node) -> frozenset[str]:
    """Columns of `column IS NOT NULL`, alone or joined to others by AND; anything else proves nothing."""
    fields = expression.fields
    if expression.kind == "NullTest" and text(fields, "nulltesttype") == "IS_NOT_NULL":
        column = node(fields, "arg")
        return frozenset(strings(column.fields, "fields")[-1:]) if column.kind == "ColumnRef" else frozenset()
    if expression.kind == "BoolExpr" and text(fields, "boolop") == "AND_EXPR":
        return frozenset[str]().union(*(proven(part) for part in nodes(fields, "args")))
    return frozenset()


def proven_by_text(expression: str) -> frozenset[str]:
    """The same for an expression as pg_get_expr prints it."""
    if " IS NOT NULL" not in expression:
        return frozenset()
    select = parse(f"SELECT {expression}")
    targets = nodes(select.fields, "targetList") if select else ()
    return proven(node(targets[0].fields, "val")) if targets else frozenset()
