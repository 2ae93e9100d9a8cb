"""Computes materialized views anew: a backup holds what they are of, and not what they held."""

from collections.abc import Iterable
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.errors import RestoreError
from containers.backup.manifest import Facts
from lambdas.common.connections import server_says

_EMPTY: Final = """
SELECT n.nspname, c.relname, c.oid::pg_catalog.regclass::text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY c.oid
"""


def refresh(connection: Connection[TupleRow], facts: Facts) -> None:
    """Fill every one that was filled in the backup, one that reads another after it. Raises RestoreError."""
    filled = {name for name, what in facts.get("views", {}).items() if not what.endswith(" NOT POPULATED")}
    waiting = [row for row in connection.execute(_EMPTY).fetchall() if row[2] in filled]
    while waiting:
        left, reason = _pass(connection, waiting)
        if len(left) == len(waiting):
            raise RestoreError(f"materialized view {left[0][2]} cannot be computed: {reason}.")
        waiting = left


def _pass(connection: Connection[TupleRow], views: Iterable[TupleRow]) -> tuple[list[TupleRow], str]:
    left: list[TupleRow] = []
    reason = ""
    for view in views:
        name = sql.Identifier(view[0], view[1])
        try:
            connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(name))
        except psycopg.errors.ObjectNotInPrerequisiteState as error:  # it reads one that is still empty
            reason = server_says(error)
            left.append(view)
        except psycopg.Error as error:
            raise RestoreError(
                f"materialized view {view[2]} cannot be computed: {server_says(error)}."
            ) from error
    return left, reason
