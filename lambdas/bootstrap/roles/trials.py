"""Remembers that every login was accepted, so that five handshakes are not repeated while nothing changes.

What is remembered is a keyed digest in a comment on a role: of the secrets, and of the server's count of
changes to roles. Its key is the master's password, so whoever reads it learns nothing and can forge nothing.
PostgreSQL counts a change within a minute at the latest: a password changed by hand in the seconds before a
run is found by the next one.
"""

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles.design import OWNER
from lambdas.bootstrap.sql_files import statement
from lambdas.common.secret_documents import PostgresSecret


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a trial of all logins with these secrets would leave behind, and what the last one left."""

    note: str
    noted: str
    counted: bool

    @property
    def known(self) -> bool:
        """Whether these logins were accepted with these secrets, and no role has changed since."""
        return self.counted and hmac.compare_digest(self.note.encode(), self.noted.encode())


def look(master: Connection[TupleRow], logins: Iterable[PostgresSecret], *, afresh: bool = False) -> Trial:
    """Read the server's counts; `afresh` counts what this very session has changed too."""
    if afresh:
        master.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
    ((counts, counted, noted),) = master.execute(statement("passwords_changed")).fetchall()
    documents = sorted(
        (login.host, login.port, login.dbname, login.username, login.password) for login in logins
    )
    digest = hmac.digest(
        master.info.password.encode(), json.dumps(["datatier", counts, *documents]).encode(), "sha256"
    )
    note = f"Owns the objects of the migrations. Logins accepted with their secrets: {digest.hex()}"
    return Trial(note=note, noted=noted, counted=bool(counted and master.info.password))


def remember(master: Connection[TupleRow], trial: Trial) -> None:
    """Note that all logins were accepted; `trial` was looked up before they were tried."""
    if trial.counted:
        comment = sql.SQL("COMMENT ON ROLE {} IS {}")
        master.execute(comment.format(sql.Identifier(OWNER), sql.Literal(trial.note)))
