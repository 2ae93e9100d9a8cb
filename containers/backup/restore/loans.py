"""Rights that owners need while their objects are handed over to them, and do not keep.

PostgreSQL gives a table only to who may create tables in its schema, and a schema's own grants come last.
"""

from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.restore.contents import Entry

_LACKING: Final = """
SELECT DISTINCT needed.privilege, n.nspname, r.rolname
  FROM unnest(%s::text[], %s::text[]) AS wanted (schema, owner)
 CROSS JOIN (VALUES ('CREATE'), ('USAGE')) AS needed (privilege)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
  JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.owner
 WHERE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, needed.privilege)
"""
_PRIVILEGES: Final = {"CREATE": sql.SQL("CREATE"), "USAGE": sql.SQL("USAGE")}


@contextmanager
def lent(
    connection: Connection[TupleRow], contents: Iterable[Entry], *, owe: Callable[[Collection[str]], None]
) -> Generator[None]:
    """Let every owner create in the schemas of its objects for the block, and grant nothing beyond it.

    `owe` hears first of the statements that take the grants back: a killed restore leaves that to a person.
    """
    pairs = sorted({(entry.schema, entry.owner) for entry in contents if entry.schema != "-"})
    wanted = ([schema for schema, _ in pairs], [owner for _, owner in pairs])
    loans = [
        (_PRIVILEGES[privilege], sql.Identifier(schema), sql.Identifier(owner))
        for privilege, schema, owner in connection.execute(_LACKING, wanted).fetchall()
    ]
    returns = [sql.SQL("REVOKE {} ON SCHEMA {} FROM {}").format(*loan) for loan in loans]
    owe([statement.as_string(connection) for statement in returns])
    try:
        for loan in loans:
            connection.execute(sql.SQL("GRANT {} ON SCHEMA {} TO {}").format(*loan))
        yield
    except BaseException:
        with suppress(psycopg.Error):  # why it failed is what a person needs to know
            _take_back(connection, returns)
        raise
    _take_back(connection, returns)


def _take_back(connection: Connection[TupleRow], statements: Iterable[sql.Composed]) -> None:
    for statement in statements:
        connection.execute(statement)
