"""Logs in as the master, who rotates in place: for a moment the pending password is the one that works."""

from collections.abc import Callable
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.common.connections import LogIn
from lambdas.common.errors import LoginRefused, SecretInvalid
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret


@dataclass(frozen=True, kw_only=True)
class MasterLogin:
    """The master's secret by the texts of its versions, `pending` None while it does not rotate."""

    current: Callable[[], str]
    pending: Callable[[], str | None]
    log_in: LogIn

    def secret(self) -> PostgresSecret:
        """The current document. Raises SecretInvalid."""
        return parse_postgres_secret(self.current(), name="master")

    def connect(self) -> Connection[TupleRow]:
        """Log in with AWSCURRENT, then with AWSPENDING, then with what has become current meanwhile.

        Raises:
            LoginRefused: the server accepts none of them.
            SecretInvalid, ServerUnreachable: as their names say.
        """
        try:
            return self.log_in(self.secret())
        except LoginRefused:
            try:
                return self._as_pending()
            except LoginRefused:
                return self.log_in(self.secret())

    def _as_pending(self) -> Connection[TupleRow]:
        text = self.pending()
        if text is None:
            raise LoginRefused("the master's current password is refused, and it does not rotate now")
        current, pending = self.secret(), parse_postgres_secret(text, name="master")
        if (pending.host, pending.port, pending.username) != (current.host, current.port, current.username):
            raise SecretInvalid("secret master: its pending version names another server or user.")
        return self.log_in(pending)
