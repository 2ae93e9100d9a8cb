"""Finds the password that the master has now: while it rotates in place, that may be the pending one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from lambdas.common.connections import connect
from lambdas.common.master_login import MasterLogin

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from lambdas.common.secret_documents import PostgresSecret
    from tools.access.endpoints import Login

MASTER: Final = "master"
_APPLICATION: Final = "datatier"


def accepted(login: Login, *, current: Callable[[], str], pending: Callable[[], str | None]) -> Login:
    """Log in where `login` leads, with AWSCURRENT, then with AWSPENDING; return it with the one that works.

    Raises:
        LoginRefused: neither is accepted.
        ServerUnreachable, SecretInvalid: as their names say.
    """
    with NamedTemporaryFile("w", prefix="authority-", suffix=".pem", encoding="utf-8") as ca:
        ca.write(login.ca)
        ca.flush()

        def log_in(secret: PostgresSecret) -> Connection[TupleRow]:
            there = replace(secret, host=login.host)
            return connect(there, application_name=_APPLICATION, ca_bundle=Path(ca.name))

        with closing(MasterLogin(current=current, pending=pending, log_in=log_in).connect()) as session:
            return replace(login, password=session.info.password)
