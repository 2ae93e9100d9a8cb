"""A login that rotates by alternation: its twin gets a new password while it is in use itself."""

from contextlib import suppress
from dataclasses import dataclass

from lambdas.common.alternation import NAME_BYTES, fits, other_name
from lambdas.common.documents import successor_of
from lambdas.common.errors import ServerUnreachable
from lambdas.common.logs import Log
from lambdas.common.master_login import MasterLogin
from lambdas.common.passwords import new_password
from lambdas.common.rotation.errors import PendingRefused
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.rotate_postgres.places import Places
from lambdas.rotate_postgres.server import give_password


@dataclass(frozen=True, kw_only=True)
class AlternatingLogin:
    """One login of the design, whose twin the master makes."""

    login: str
    password_length: int
    places: Places
    master: MasterLogin
    log: Log

    def successor(self, current: str) -> str:
        """The same document with the twin's name and a new password.

        Raises:
            PendingRefused: the current document is not this login's, or the twin's name is too long.
        """
        other = other_name(self._parse(current).username)
        if not fits(other):
            raise PendingRefused(
                f"the twin of {self.login} would be {other}, and PostgreSQL cuts names at {NAME_BYTES} "
                "bytes. Give the login a shorter name.",
            )
        return successor_of(current, username=other, password=new_password(self.password_length))

    def apply(self, *, current: str, pending: str) -> None:
        """Give the one that is not in use the pending password, and whatever its twin has."""
        before, after = self._pair(current, pending)
        self._check_server(before)
        if self.places.accepts(after):
            return
        # Its connection limit may be reached; that is no reason to wait.
        with suppress(ServerUnreachable):
            if not self.places.accepts(before):
                # Nobody can be using it, so nobody is hurt; what becomes current works.
                self.log.warning(
                    "The current password is refused: somebody has changed it", login=before.username
                )
        with self.master.connect() as master:
            give_password(
                master, role=after.username, original=self.login, password=after.password, log=self.log
            )

    def test(self, *, current: str, pending: str) -> None:
        """Log in as the pending twin wherever its users do."""
        before = self._parse(current)
        self._check_server(before)
        after = before if pending == current else self._pair(current, pending)[1]
        self.places.check(after)

    def _pair(self, current: str, pending: str) -> tuple[PostgresSecret, PostgresSecret]:
        before, after = self._parse(current), self._parse(pending)
        if after.username != other_name(before.username):
            raise PendingRefused(
                f"the pending secret of {self.login} names the user {after.username}; after "
                f"{before.username} comes {other_name(before.username)}. Nothing was changed.",
            )
        if (after.host, after.port, after.dbname) != (before.host, before.port, before.dbname):
            raise PendingRefused(
                f"the pending secret of {self.login} names another server or database than the current one. "
                "Nothing was changed.",
            )
        return before, after

    def _check_server(self, secret: PostgresSecret) -> None:
        """A secret that was turned to another server must not be taken there."""
        master = self.master.secret()
        if (secret.host, secret.port) != (master.host, master.port):
            raise PendingRefused(
                f"the secret of {self.login} names the server {secret.host}:{secret.port}, and the master's "
                f"{master.host}:{master.port}. Nothing was changed.",
            )

    def _parse(self, text: str) -> PostgresSecret:
        secret = parse_postgres_secret(text, name=self.login)
        if secret.username not in (self.login, other_name(self.login)):
            raise PendingRefused(
                f"the secret of {self.login} names the user {secret.username}, who is neither it nor its "
                "twin. Nothing was changed.",
            )
        return secret
