"""The sign in a database that a restore into it has begun and not ended: a second one finds it.

An empty schema whose comment says which restore, gone once all is restored. A lock of the session beside
it tells a restore that runs from one that was killed.
"""

import json
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.errors import TargetRefused
from lambdas.common.backup_layout import BackupId

SCHEMA: Final = "datatier_restore"
_LOCK: Final = 0x64_74_72_73
"""An advisory lock's number: "dtrs"."""

_WHAT: Final = (
    "SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = %s"
)


def refuse_unfinished(connection: Connection[TupleRow], *, title: str) -> None:
    """Refuse a database in which a restore runs, or was killed; holds the lock of this one from now on.

    Raises TargetRefused, with the statements that clear the way.
    """
    ((alone,),) = connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", (_LOCK,)).fetchall()
    if not alone:
        raise TargetRefused(
            f"another restore into {title} is running. Let it end, or stop it, and try again."
        )
    rows = connection.execute(_WHAT, (SCHEMA,)).fetchall()
    if rows:
        raise TargetRefused(_said(rows[0][0], title=title, connection=connection))


@contextmanager
def unfinished(
    connection: Connection[TupleRow],
    backup: BackupId,
    *,
    tables: Iterable[str] | None,
    beside: bool,
    last: Callable[[], None],
) -> Generator[Callable[[Collection[str]], None]]:
    """Leave the sign for the block, and for ever when it raises; `tables`: quoted names, if it is not all.

    `beside` is whether the database may hold something else, which nobody must be told to drop. `last` is
    done in the transaction that takes the sign away, after it.

    Gives what adds statements to it that undo something of this restore, should it not end.
    """
    schema = sql.Identifier(SCHEMA)
    story: dict[str, object] = {
        "backup": str(backup),
        "begun": f"{datetime.now(tz=UTC):%F %T} UTC",
        "tables": None if tables is None else sorted(tables),
        "beside": beside,
        "undo": [],
    }

    def tell() -> None:
        text = sql.Literal(json.dumps(story))
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, text))

    def owe(statements: Collection[str]) -> None:
        story["undo"] = list(statements)
        tell()

    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        tell()
    yield owe
    with connection.transaction():
        connection.execute(sql.SQL("DROP SCHEMA {}").format(schema))
        last()


def _said(story: object, *, title: str, connection: Connection[TupleRow]) -> str:
    try:
        told = json.loads(str(story))
        backup, begun = str(told["backup"]), str(told["begun"])
        tables, undo, beside = told["tables"], list[str](told["undo"]), bool(told["beside"])
    except (ValueError, KeyError, TypeError):
        backup, begun, tables, undo, beside = "a backup", "some time ago", None, list[str](), True
    started = f"a restore of {backup} into {title} began at {begun} and has not ended: "
    if tables is not None:
        clearing = [f"DROP TABLE IF EXISTS {', '.join(tables)}", *undo, f"DROP SCHEMA {SCHEMA}"]
        return f"{started}its tables may be there in part. Clear them, and try again: {'; '.join(clearing)};"
    if beside:
        clearing = "; ".join([*undo, f"DROP SCHEMA {SCHEMA}"])
        return (
            f"{started}what is there of it is a part, beside what was there before. Remove by hand what was "
            f"restored, and try again after this: {clearing};"
        )
    name = sql.Identifier(connection.info.dbname).as_string(connection)
    return (
        f"{started}what is there is a part of it, and cannot be gone on with. Make the database anew, from "
        f"another one of the same server, and try again: DROP DATABASE {name}; CREATE DATABASE {name} "
        "TEMPLATE template0;"
    )
