"""Which tables a migration locks, and how: noted in its own transaction, and looked at from beside it.

A trigger on `_prisma_migrations` sees every lock of a transaction, however short, for the record of a
migration is the last thing that its transaction writes. What runs outside any transaction (CONCURRENTLY,
VACUUM) is seen by looking at pg_locks every few hundredths of a second. Not seen: what is taken and given
back there between two looks, and what deferred constraints lock at the commit.
"""

import re
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup.drill.report import Lock
from lambdas.common.sql_texts import sql_text

_WATCH: Final = Path(__file__).parent / "sql" / "watch_locks.sql"
_LOOK_SECONDS: Final = 0.02

# Tables and what else holds rows or stands for them; indexes are locked with their table.
_TABLES: Final = """
SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'datatier_drill')
   AND NOT (n.nspname = 'public' AND c.relname = '_prisma_migrations')
"""
_NOTED: Final = "DELETE FROM datatier_drill.locks RETURNING relation, mode"
_HELD: Final = """
SELECT DISTINCT l.relation, l.mode
  FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND a.usename = %s
"""

_Held = set[tuple[int, str]]


@dataclass(kw_only=True)
class Watched:
    """What one migration has locked, complete when its block has ended."""

    locks: tuple[Lock, ...] = field(default=())


class LockWatch:
    """Watches the sessions of one login in a database that has `_prisma_migrations`."""

    def __init__(self, connection: Connection[TupleRow], *, looker: Connection[TupleRow], login: str) -> None:
        """Both are autocommit sessions of the superuser; `looker` is used by another thread."""
        self._connection = connection
        self._looker = looker
        self._login = login
        connection.execute(sql_text(_WATCH))

    @contextmanager
    def watched(self) -> Generator[Watched]:
        """Watch during the block. A table that the block itself makes is nobody's to wait for: left out."""
        names: dict[int, str] = dict(self._connection.execute(_TABLES).fetchall())
        found = Watched()
        seen: _Held = set()
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(seen, over), name="locks", daemon=True)
        thread.start()
        try:
            yield found
        finally:
            over.set()
            thread.join()
            seen |= self._noted()
            found.locks = named(seen, names)

    def _look(self, seen: _Held, over: threading.Event) -> None:
        # Whoever ends the server while it looks knows why.
        try:
            while not over.wait(_LOOK_SECONDS):
                seen.update(self._looker.execute(_HELD, [self._login]).fetchall())
        except psycopg.OperationalError:
            return

    def _noted(self) -> _Held:
        try:
            return set(self._connection.execute(_NOTED).fetchall())
        except psycopg.OperationalError:
            return set()


def named(held: _Held, names: Mapping[int, str]) -> tuple[Lock, ...]:
    """Return the locks on tables of which a name is known, sorted, in SQL's words. Pure."""
    return tuple(sorted({Lock(table=names[oid], mode=spoken(mode)) for oid, mode in held if oid in names}))


def spoken(mode: str) -> str:
    """Return `ACCESS EXCLUSIVE` for pg_locks' `AccessExclusiveLock`. Pure."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()
