"""Refuses a database of which the login cannot read everything: nothing is ever skipped. It only reads."""

from collections.abc import Generator, Sequence

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup import catalog
from containers.backup.errors import Unreadable


def require_readable(holder: Connection[TupleRow]) -> None:
    """Raise Unreadable: all that is out of reach is named at once, with the statements that grant it."""
    if refused := [*_rows(holder), *_large_objects(holder), *_extension_rows(holder)]:
        raise Unreadable("; ".join(refused))


def require_logged(tables: Sequence[catalog.Found]) -> None:
    """Raise Unreadable if there is an unlogged table, on a replica."""
    if unlogged := [f"{table.schema}.{table.name}" for table in tables if table.unlogged]:
        raise Unreadable(f"a replica has no rows of unlogged tables: {', '.join(unlogged)}")


def _rows(holder: Connection[TupleRow]) -> Generator[str]:
    if hidden := holder.execute(catalog.statement("hidden_rows")).fetchall():
        grants = "; ".join(
            f"CREATE POLICY backup_sees_all ON {_quoted(table)} FOR SELECT TO datatier_backup USING (true)"
            for table in hidden
        )
        yield (
            f"row-level security may hide rows of {_named(hidden)} from the backup. Let it see them, and "
            f"let no restrictive policy apply to it: {grants}"
        )
    if closed := holder.execute(catalog.statement("unreadable_tables")).fetchall():
        yield (
            f"the login may not read {_named(closed)}. Give it pg_read_all_data, as the bootstrap does: "
            "GRANT pg_read_all_data TO datatier_backup"
        )


def _large_objects(holder: Connection[TupleRow]) -> Generator[str]:
    ((count, first),) = holder.execute(catalog.statement("unreadable_large_objects")).fetchall()
    if count:
        yield (
            f"{count} large objects are not readable, which pg_read_all_data does not cover. As the owner of "
            f"each: GRANT SELECT ON LARGE OBJECT {first} TO datatier_backup"
        )


def _extension_rows(holder: Connection[TupleRow]) -> Generator[str]:
    for extension, schema, name, condition in holder.execute(catalog.statement("extension_rows")).fetchall():
        where = sql.SQL(condition) if condition else sql.SQL("")
        found = holder.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {} {})").format(sql.Identifier(schema, name), where)
        ).fetchall()
        if found[0][0]:
            yield (
                f"the extension {extension} keeps rows of yours in {schema}.{name}, which a backup does not "
                "hold. Keep them in a table of your own"
            )


def _named(tables: Sequence[TupleRow]) -> str:
    return ", ".join(f"{schema}.{name}" for schema, name in tables)


def _quoted(table: TupleRow) -> str:
    return sql.Identifier(*table).as_string()
