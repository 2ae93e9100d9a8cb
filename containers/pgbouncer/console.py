"""PgBouncer's admin console, through the socket that only this account may use. It needs no password.

A console belongs to one thread: it keeps one session, and makes it anew when it breaks.
"""

from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from containers.pgbouncer.errors import ConsoleFailed
from containers.pgbouncer.sessions import Unanswered, ask, send
from lambdas.common import pooler_console
from lambdas.common.pooler_console import CONSOLE, Answer, Database, Pool

_SECONDS: Final = 2
"""PgBouncer answers within milliseconds. libpq knows no shorter time to connect."""


class Console:
    """The console of the PgBouncer whose socket is in `directory`."""

    def __init__(self, directory: Path, port: int, *, pausable: int = 0) -> None:
        """`pausable` is how many databases may have to be paused at a moment's notice."""
        self._directory = directory
        self._port = port
        self._pausable = pausable
        self._session: psycopg.Connection[TupleRow] | None = None
        self._spares: list[psycopg.Connection[TupleRow]] = []
        self._pauses: dict[str, psycopg.Connection[TupleRow]] = {}

    def pools(self) -> tuple[Pool, ...]:
        """SHOW POOLS. Raises ConsoleFailed."""
        return pooler_console.pools(self.ask(pooler_console.SHOW_POOLS))

    def databases(self) -> tuple[Database, ...]:
        """SHOW DATABASES. Raises ConsoleFailed."""
        return pooler_console.databases(self.ask(pooler_console.SHOW_DATABASES))

    def clients(self) -> int:
        """Clients that are served, wait or log in; the console's own do not count. Raises ConsoleFailed."""
        logging_in = pooler_console.lists(self.ask(pooler_console.SHOW_LISTS)).get("login_clients", 0)
        return logging_in + sum(pool.clients for pool in self.pools())

    def reload(self) -> None:
        """Have the files read again. Raises ConsoleFailed."""
        self.ask("RELOAD")

    def ready(self) -> None:
        """Open the sessions that `pause` takes, so that a pause is a matter of microseconds.

        Raises:
            ConsoleFailed: PgBouncer does not let them in.
        """
        while len(self._spares) < self._pausable:
            self._spares.append(self._login())

    def pause(self, database: str) -> None:
        """Let the clients of a database wait from now on instead of failing.

        PgBouncer answers when the last connection at work is done, which nobody waits for here: the session
        that asked stays open until `resume`.

        Raises:
            ConsoleFailed: it could not be said.
        """
        while True:
            spare = self._spares.pop() if self._spares else None
            session = spare or self._login()
            try:
                send(session, f'PAUSE "{database}"')
            except Unanswered as error:
                session.close()
                if spare is None:
                    raise ConsoleFailed(f"PgBouncer's console cannot pause {database}: {error}.") from error
            else:
                self._forget(database)
                self._pauses[database] = session
                return

    def resume(self, database: str) -> None:
        """Let the clients of a database go on; does nothing when it is not paused. Raises ConsoleFailed."""
        self._forget(database)
        if any(found.name == database and found.paused for found in self.databases()):
            self.ask(f'RESUME "{database}"')

    def ask(self, command: str) -> Answer:
        """Give a command; a session that broke meanwhile is made anew once. Raises ConsoleFailed."""
        fresh = self._session is None
        try:
            return ask(self._connected(), command, seconds=_SECONDS)
        except Unanswered as error:
            self._drop()
            if fresh:
                raise ConsoleFailed(f"PgBouncer's console does not answer {command}: {error}.") from error
            return self.ask(command)

    def close(self) -> None:
        """Leave; the next command comes back."""
        self._drop()
        while self._spares:
            self._spares.pop().close()
        for database in list(self._pauses):
            self._forget(database)

    def _connected(self) -> psycopg.Connection[TupleRow]:
        if self._session is None:
            self._session = self._login()
        return self._session

    def _login(self) -> psycopg.Connection[TupleRow]:
        try:
            return psycopg.connect(
                host=str(self._directory),
                port=self._port,
                user=CONSOLE,
                dbname=CONSOLE,
                sslmode="disable",
                gssencmode="disable",
                connect_timeout=_SECONDS,
                autocommit=True,
            )
        except psycopg.Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise ConsoleFailed(f"PgBouncer's console cannot be entered: {reason}.") from error

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _forget(self, database: str) -> None:
        session = self._pauses.pop(database, None)
        if session is not None:
            session.close()
