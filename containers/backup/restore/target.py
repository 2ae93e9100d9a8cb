"""The database to restore into: how it is reached, and by which programs. It decides nothing about TLS."""

from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from containers.backup import checksum
from containers.backup.errors import TargetRefused
from containers.backup.programs import ALIVE, Libpq, Programs
from lambdas.common.connections import open_session

_APPLICATION: Final = "datatier restore"
_IDLE: Final = "idle_session_timeout"
"""Ends a session that only holds a lock, or waits for more to do, while others work for hours."""
_PATIENT: Final = {"lock_timeout": "0", "row_security": "off", "check_function_bodies": "off", _IDLE: "0"}
_OLDEST: Final = 14
"""Release that knows every setting which a restore's sessions need."""
_PER_MAJOR: Final = 10_000
_OWN: Final = ("dbname", "client_encoding", "options", "application_name")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A database by libpq's `parameters`, `sslmode` among them, and PostgreSQL's programs."""

    parameters: Libpq = field(repr=False)
    programs: Programs

    @property
    def title(self) -> str:
        """The database, for messages."""
        return f"database {self.parameters['dbname']} at {self.parameters.get('host', 'the local server')}"

    @property
    def address(self) -> str:
        """The database as an argument of a program; host, login and password are in its variables."""
        return make_conninfo("", **ALIVE, dbname=str(self.parameters["dbname"]))

    @property
    def login(self) -> Libpq:
        """Libpq's parameters for a program."""
        return {
            **{name: value for name, value in self.parameters.items() if name not in _OWN},
            "application_name": _APPLICATION,
            "options": f"-c {_IDLE}=0",
        }

    def session(self, *, encoding: str = "UTF8") -> Connection[TupleRow]:
        """Open an autocommit session that reads text as backups write it.

        Raises ConnectionFailed, psycopg.Error, and TargetRefused: the server is too old for any backup.
        """
        own = {"application_name": _APPLICATION, "client_encoding": encoding}
        session = open_session({**ALIVE, **self.parameters, **own}, where=self.title)
        try:
            refuse_old(session.info.server_version, title=self.title)
            checksum.pin(session)
            for name, value in _PATIENT.items():
                session.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
        except BaseException:
            session.close()
            raise
        return session


def refuse_old(version: int, *, title: str) -> None:
    """Refuse a server by its `server_version_num`. Raises TargetRefused."""
    if version // _PER_MAJOR < _OLDEST:
        raise TargetRefused(
            f"{title} is PostgreSQL {version // _PER_MAJOR}, which is too old: a backup is restored into the "
            "release that it was taken of, or a newer one."
        )
