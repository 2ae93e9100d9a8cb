"""What a database must be before a restore into it; each refusal says what to do. It changes nothing."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.errors import TargetRefused
from containers.backup.manifest import Manifest
from containers.backup.restore.contents import Entry
from lambdas.common.sql_texts import sql_text

_SQL: Final = Path(__file__).parent / "sql"
_SHOWN: Final = 5
_PER_MAJOR: Final = 10_000


def fitting_server(connection: Connection[TupleRow], manifest: Manifest, *, title: str) -> None:
    """Refuse a server that lacks what the backup needs: its version, encoding, roles or extensions.

    Raises TargetRefused.
    """
    ((version, encoding),) = connection.execute(
        "SELECT pg_catalog.current_setting('server_version_num')::int, "
        "pg_catalog.pg_encoding_to_char(encoding) "
        "FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()"
    ).fetchall()
    if version // _PER_MAJOR < manifest.server_version // _PER_MAJOR:
        raise TargetRefused(
            f"{title} is PostgreSQL {version // _PER_MAJOR}, and the backup {manifest.backup} is of "
            f"{manifest.server_version // _PER_MAJOR}: an older server cannot hold it. Restore into the "
            "same or a newer release."
        )
    if encoding != manifest.encoding:
        raise TargetRefused(
            f"{title} has the encoding {encoding}, the backup {manifest.encoding}. Create the database with "
            f"ENCODING '{manifest.encoding}' TEMPLATE template0."
        )
    known = _column(connection, "SELECT rolname FROM pg_catalog.pg_roles")
    if missing := sorted(set(manifest.roles) - known):
        statements = " ".join(f"{_create_role(name, connection)};" for name in missing)
        raise TargetRefused(
            f"{title} lacks roles that own or are granted something in the backup: {', '.join(missing)}. "
            "Run the "
            f"bootstrap of the tier, which makes its own, or: {statements}"
        )
    known = _column(connection, "SELECT name FROM pg_catalog.pg_available_extensions")
    if missing := sorted(set(manifest.facts.get("extensions", {})) - known):
        raise TargetRefused(
            f"{title} has no extension {', '.join(missing)}, which the backup needs: install it "
            "on the server."
        )


def empty(connection: Connection[TupleRow], *, title: str) -> None:
    """Refuse a database that holds anything. Raises TargetRefused."""
    held = [str(what) for (what,) in connection.execute(sql_text(_SQL / "held.sql")).fetchall()]
    if held:
        raise TargetRefused(
            f"{title} is not empty: it holds {_some(held)}. Restore into a new one: CREATE DATABASE …, "
            "or say that it may hold something."
        )


def absent(connection: Connection[TupleRow], tables: Iterable[str], *, title: str) -> None:
    """Refuse a database in which one of these tables exists, each a quoted name. Raises TargetRefused."""
    there = [
        name
        for name in tables
        if connection.execute("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", (name,)).fetchall()
        == [(True,)]
    ]
    if there:
        raise TargetRefused(
            f"{title} has {_some(there)} already, and nothing is overwritten. Rename what is there "
            "(ALTER TABLE … RENAME TO …) or drop it, or restore into another database."
        )


def able_login(connection: Connection[TupleRow], contents: Iterable[Entry], *, title: str) -> None:
    """Refuse a login that could not make what the backup holds. Raises TargetRefused."""
    ((user, powerful, may_create, may_fill),) = connection.execute(
        "SELECT current_user, rolsuper, "
        "pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), "
        "coalesce(pg_catalog.has_schema_privilege("
        "pg_catalog.to_regnamespace('public')::oid, 'CREATE'), true) "
        "FROM pg_catalog.pg_roles WHERE rolname = current_user"
    ).fetchall()
    if powerful:
        return
    if not (may_create and may_fill):
        raise TargetRefused(
            f"{user} may not create schemas in {title}, or tables in its schema public. Log in as the "
            "database's owner."
        )
    contents = list(contents)
    owners = sorted({entry.owner for entry in contents} - {"-", ""})
    grantors = sorted({name for entry in contents for name in entry.grantors})
    rows = connection.execute(
        "SELECT rolname FROM pg_catalog.pg_roles "
        "WHERE (rolname = ANY(%s) AND NOT pg_catalog.pg_has_role(oid, 'USAGE')) "
        "OR (rolname = ANY(%s) AND NOT pg_catalog.pg_has_role(oid, 'MEMBER')) ORDER BY rolname",
        (owners, grantors),
    ).fetchall()
    if rows:
        grants = " ".join(f"{_grant(str(name), user, connection)};" for (name,) in rows)
        raise TargetRefused(
            f"{user} is no member of {', '.join(str(name) for (name,) in rows)}, to whom objects of "
            "the backup belong or who have granted something in it, and so cannot hand those over or grant "
            f"that. As the master: {grants}"
        )


def _column(connection: Connection[TupleRow], query: LiteralString) -> set[str]:
    return {str(value) for (value,) in connection.execute(query).fetchall()}


def _create_role(name: str, connection: Connection[TupleRow]) -> str:
    return sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)).as_string(connection)


def _grant(name: str, user: str, connection: Connection[TupleRow]) -> str:
    return sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(user)).as_string(connection)


def _some(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
