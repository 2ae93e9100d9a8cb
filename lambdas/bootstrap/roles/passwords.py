"""Passwords of logins, set only where a login is refused with its secret, and only as SCRAM verifiers.

The server never sees a password in SQL, so neither its log nor pg_stat_statements can keep one. A rotation
may run at any time: what is set is always read from the store behind the lock, never before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles import trials
from lambdas.bootstrap.roles.errors import PasswordNotAccepted, PasswordNotSet
from lambdas.common.alternation import other_name
from lambdas.common.connections import LogIn, accepts, server_says
from lambdas.common.errors import SecretInvalid
from lambdas.common.logs import Log
from lambdas.common.roles_lock import hold_roles_lock
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.common.secrets_manager import SecretStore
from lambdas.common.verifiers import change_password


@dataclass(frozen=True, kw_only=True)
class Password:
    """A login of the design and the secret that it should be able to log in with."""

    login: str
    secret: PostgresSecret

    def __post_init__(self) -> None:
        if self.secret.username not in (self.login, other_name(self.login)):
            raise SecretInvalid(
                f"the secret of login {self.login} names the user {self.secret.username}; "
                f"{self.login} or {other_name(self.login)} is expected.",
            )

    @property
    def username(self) -> str:
        """The login itself, or its alternating twin while that is current."""
        return self.secret.username


@dataclass(frozen=True, kw_only=True)
class LoginSecrets:
    """The logins' secrets as they are at the moment of asking; nothing is remembered."""

    store: SecretStore
    arns: Mapping[str, str]

    def current(self, login: str) -> Password:
        """What AWSCURRENT says now."""
        text = self.store.current(self.arns[login])
        return Password(login=login, secret=parse_postgres_secret(text, name=login))

    def all(self) -> tuple[Password, ...]:
        """The same for every login."""
        return tuple(self.current(login) for login in self.arns)


def set_password(master: Connection[TupleRow], password: Password) -> None:
    """Give a role the password of its secret.

    Raises:
        PasswordNotSet: the server does not let the master, with its reason.
    """
    try:
        change_password(master, role=password.username, password=password.secret.password)
    except psycopg.Error as error:
        raise PasswordNotSet(
            f"the password of login {password.username} cannot be set to its secret's: "
            f"{server_says(error)}. A superuser has to take from the role what the server "
            "names; then run again.",
        ) from error


def mend_passwords(
    master: Connection[TupleRow],
    *,
    secrets: LoginSecrets,
    log_in: LogIn,
    log: Log,
    passwords: Sequence[Password] | None = None,
) -> None:
    """Try every login as its users do, and set the password of those that are refused.

    `passwords` are the secrets as read a moment ago, if they were; what is set is read anew in any case.

    Raises:
        PasswordNotSet: the master may not set one. Those of the others are set all the same.
        PasswordNotAccepted: a login is refused even then.
    """
    passwords = secrets.all() if passwords is None else passwords
    documents = [password.secret for password in passwords]
    if trials.look(master, documents).known:
        return
    trial = trials.look(master, documents, afresh=True)
    refused = [password.login for password in passwords if not accepts(log_in, password.secret)]
    if not refused:
        trials.remember(master, trial)
        return
    _set(master, refused, secrets=secrets, log_in=log_in, log=log)
    for password in map(secrets.current, refused):
        if not accepts(log_in, password.secret):
            raise PasswordNotAccepted(
                f"login {password.username} is refused with its secret's password although that was "
                "just set. Look for a rotation running at the same time, and at the server's log.",
            )


def _set(
    master: Connection[TupleRow],
    logins: Sequence[str],
    *,
    secrets: LoginSecrets,
    log_in: LogIn,
    log: Log,
) -> None:
    mended: list[str] = []
    failures: list[PasswordNotSet] = []
    for login in logins:
        try:
            with master.transaction():
                hold_roles_lock(master)
                # Whoever held the lock may have been a rotation, and the login is in order by now.
                password = secrets.current(login)
                if accepts(log_in, password.secret):
                    continue
                set_password(master, password)
        except PasswordNotSet as failure:
            failures.append(failure)
        else:
            mended.append(password.username)
    if mended:
        log.info("Passwords set from their secrets", logins=mended)
    if failures:
        raise PasswordNotSet("\n".join(map(str, failures)))
