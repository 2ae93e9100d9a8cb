"""Whether a column's default can be stored once for all rows, or has to be computed for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.migrate.impact.tree import dotted, strings, walk

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Node
    from tools.migrate.impact.catalog import Catalog, Volatility


def volatility(expression: Node, catalog: Catalog) -> Volatility:
    """The most volatile of the functions that an expression calls; one nobody knows makes it unknown.

    Operators count as fixed: none of PostgreSQL's own is volatile.
    """
    found = {
        catalog.volatility(dotted(strings(call.fields, "funcname")))
        for call in walk({expression.kind: expression.fields})
        if call.kind == "FuncCall"
    }
    if "volatile" in found:
        return "volatile"
    return "unknown" if "unknown" in found else "fixed"
