"""One database and how to log in to it, however it was named; its password is never shown."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.common.connections import open_session
from lambdas.common.errors import ServerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from psycopg.rows import TupleRow


@dataclass(frozen=True, kw_only=True)
class Target:
    """A login and its database. `password` None leaves it to libpq: PGPASSWORD or ~/.pgpass.

    `authority` is the file of the CA, or libpq's word `system`; None means an unencrypted connection, which
    is only ever one within this machine. `options` are further parameters of libpq. `pooled` says that the
    URL leads through PgBouncer.
    """

    host: str
    port: int
    database: str
    user: str
    password: str | None = field(default=None, repr=False)
    authority: str | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    pooled: bool = False

    @property
    def where(self) -> str:
        """How messages name it: never with the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user} at {host}:{self.port}/{self.database}"

    @property
    def parameters(self) -> dict[str, str | int]:
        """Libpq's parameters; the password is among them if there is one."""
        found: dict[str, str | int] = {
            **self.options,
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "sslmode": "disable" if self.authority is None else "verify-full",
        }
        if self.authority is not None:
            found["sslrootcert"] = self.authority
        if self.password is not None:
            found["password"] = self.password
        return found

    def connect(self, *, application_name: str = "datatier migrate") -> psycopg.Connection[TupleRow]:
        """Open an autocommit connection.

        Raises:
            LoginRefused: the server answered and did not accept the login.
            ServerUnreachable: anything else, a certificate that does not verify included.
        """
        try:
            return open_session({"application_name": application_name, **self.parameters}, where=self.where)
        except ServerUnreachable as error:
            raise ServerUnreachable(f"{error}{self._advice(str(error))}") from error

    def _advice(self, reason: str) -> str:
        if "does not support SSL" in reason and is_local(self.host):
            return "\nA server on this machine without TLS is entered with sslmode=disable in the URL."
        if "certificate verify failed" in reason:
            return f"\nIt was checked against {self.authority}; sslrootcert=FILE in the URL names another CA."
        return ""


def is_local(host: str) -> bool:
    """Whether a connection to this host never leaves the machine: loopback or a Unix socket's folder."""
    if is_socket(host) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_socket(host: str) -> bool:
    """Whether libpq reads it as a Unix socket: a folder, or an abstract name."""
    return host.startswith(("/", "@"))
