"""Sessions of one run against one database: opened when asked for, as the role that owns the tables.

In a datatier database that role is datatier_owner, whoever logs in; elsewhere it is the login itself.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.roles.design import OWNER
from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from tools.migrate.errors import NoSuchFolder, NotTheOwner, PoolerInBetween, SessionEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from types import FrameType

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from lambdas.bootstrap.migrations.history import Migration
    from tools.migrate.target import Target

_CANCEL_SECONDS: Final = 5
# The bootstrap gives the schema public to its owner role; that tells such a database from its neighbours.
_STANDING: Final = """
SELECT session_user, pg_catalog.pg_has_role(session_user, owner.oid, 'MEMBER')
  FROM pg_catalog.pg_namespace AS home JOIN pg_catalog.pg_roles AS owner ON owner.oid = home.nspowner
 WHERE home.nspname = 'public' AND owner.rolname = %s
"""


def given_history(folder: Path) -> tuple[Migration, ...]:
    """Read the migrations of a folder; messages call it as the user did.

    Raises:
        NoSuchFolder: there is none. HistoryError: one of its branches, naming the file.
    """
    if not folder.is_dir():
        raise NoSuchFolder(f"there is no folder {folder}: --migrations DIR names the folder of migrations.")
    return read_history(folder, shown_as=str(folder))


def check_direct(target: Target) -> None:
    """Refuse a URL that leads through a pooler: neither locks nor settings of a session hold there.

    Raises:
        PoolerInBetween: it says `pgbouncer=true`.
    """
    if target.pooled:
        raise PoolerInBetween(
            f"the database URL of {target.where} leads through PgBouncer (pgbouncer=true), where neither a "
            "lock nor a setting of the session holds. Give the URL of the server itself, which Prisma calls "
            "directUrl."
        )


class Sessions:
    """Opens sessions on a target and remembers them, so that an interrupted run can stop what they do."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._opened: list[Connection[TupleRow]] = []

    def open(self) -> Connection[TupleRow]:
        """Open an autocommit session as the login. Raises ConnectionFailed."""
        connection = self.target.connect()
        self._opened = [one for one in self._opened if not one.closed]
        self._opened.append(connection)
        return connection

    def cancel(self) -> None:
        """Stop what the server does for these sessions, and end them; a transaction is undone by that."""
        for connection in self._opened:
            if not connection.closed and connection.pgconn.transaction_status == TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=_CANCEL_SECONDS)
                connection.close()

    @contextmanager
    def reading(self, *, to_write_later: bool = False) -> Generator[Connection[TupleRow]]:
        """A session that cannot write, as the role that owns the tables where the login may act as it.

        Raises:
            NotTheOwner: it may not, and that is needed `to_write_later`.
        """
        with self.open() as connection:
            connection.execute("SET default_transaction_read_only = on")
            owner = owner_for(connection, needed=to_write_later)
            if owner is not None:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
            yield connection


def owner_for(connection: Connection[TupleRow], *, needed: bool = False) -> str | None:
    """The role that a run acts as; None for whoever the login is.

    Raises:
        NotTheOwner: the database is datatier's and the login may not act as its owner, which is `needed`.
    """
    for user, member in connection.execute(_STANDING, [OWNER]).fetchall():
        if member:
            return OWNER
        if needed:
            raise NotTheOwner(
                f"{user} may not act as {OWNER}, which owns the tables of this database: log in as migrator."
            )
    return None


@contextmanager
def explaining(target: Target) -> Generator[None]:
    """Turn what psycopg raises into one message; what a script is refused, the engine itself explains.

    Raises:
        SessionEnded: with the server's reason and what to look at.
    """
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise SessionEnded(
            f"{target.where} may not do what a run of migrations needs: {server_says(error)}. Log in as the "
            "role that owns the tables; in a datatier database that is migrator."
        ) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise SessionEnded(
            f"{target.where} only reads: {server_says(error)}. Migrations run on the primary, not on "
            "a replica."
        ) from error
    except psycopg.OperationalError as error:
        raise SessionEnded(
            f"the session of {target.where} ended: {server_says(error)}. Run it again: it goes on from where "
            "the database is."
        ) from error
    except psycopg.Error as error:
        raise SessionEnded(
            f"the server refused {target.where} what a run of migrations needs: {server_says(error)}."
        ) from error


@contextmanager
def cancelling(sessions: Sessions, *, spared: Callable[[], bool]) -> Generator[None]:
    """Let Ctrl-C stop the statement that runs in the server, unless it is spared, and then this program."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        if not spared():
            sessions.cancel()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        # Python lets no other thread handle signals; none arrives there either.
        yield
        return
    interrupted = False
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except (psycopg.Error, DatatierError):
        # The engine may stumble over a session that was ended under it.
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
