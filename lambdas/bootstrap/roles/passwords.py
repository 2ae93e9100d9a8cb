"""Passwords of logins, set only where a login is refused with its secret, and only as SCRAM verifiers.

The server never sees a password in SQL, so neither its log nor pg_stat_statements can keep one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles.design import CLONE_SUFFIX
from lambdas.bootstrap.roles.errors import PasswordNotAccepted
from lambdas.bootstrap.roles.rendering import set_verifier
from lambdas.common.errors import LoginRefused, SecretInvalid
from lambdas.common.logs import Log
from lambdas.common.secret_documents import PostgresSecret


@dataclass(frozen=True, kw_only=True)
class Password:
    """A login of the design and the secret that it should be able to log in with."""

    login: str
    secret: PostgresSecret

    def __post_init__(self) -> None:
        if self.secret.username not in (self.login, self.login + CLONE_SUFFIX):
            raise SecretInvalid(
                f"the secret of login {self.login} names the user {self.secret.username}; "
                f"{self.login} or {self.login}{CLONE_SUFFIX} is expected.",
            )

    @property
    def username(self) -> str:
        """The login itself, or its alternating twin while that is current."""
        return self.secret.username


def verifier(connection: Connection[TupleRow], password: Password) -> str:
    """The SCRAM verifier of a password, computed by the client library with a fresh salt."""
    computed = connection.pgconn.encrypt_password(
        password.secret.password.encode(),
        password.username.encode(),
        b"scram-sha-256",
    )
    return computed.decode()


def mend_passwords(
    master: Connection[TupleRow],
    *,
    passwords: Sequence[Password],
    log_in: Callable[[PostgresSecret], Connection[TupleRow]],
    lock: Callable[[Connection[TupleRow]], None],
    log: Log,
) -> None:
    """Try every login as its users do, and set the password of those that are refused.

    Raises:
        PasswordNotAccepted: a login is refused even then.
    """
    refused = [password for password in passwords if not _accepted(password, log_in)]
    if not refused:
        return
    with master.transaction():
        lock(master)
        for password in refused:
            master.execute(set_verifier(password.username, verifier(master, password)))
    log.info("Passwords set from their secrets", logins=[password.username for password in refused])
    for password in refused:
        if not _accepted(password, log_in):
            raise PasswordNotAccepted(
                f"login {password.username} is refused with its secret's password although that was "
                "just set. Look for a rotation running at the same time, and at the server's log.",
            )


def _accepted(password: Password, log_in: Callable[[PostgresSecret], Connection[TupleRow]]) -> bool:
    try:
        log_in(password.secret).close()
    except LoginRefused:
        return False
    return True
