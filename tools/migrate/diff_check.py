"""Applies a history to a scratch database and compares the result with a Prisma schema file.

The scratch database is on the server that is named, or on one that is started for it. It goes again in any
case, also after Ctrl-C. Nothing else on a server is touched.
"""

from __future__ import annotations

import os
import secrets
import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from lambdas.bootstrap.migrations.run import apply_history
from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from tools.migrate.errors import Misused
from tools.migrate.target import Target, is_socket
from tools.prisma.difference import difference
from tools.servers.certificates import Authority
from tools.servers.leftovers import own_folder
from tools.servers.postgres import PostgresServer
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path
    from types import FrameType

    from psycopg.rows import TupleRow

    from lambdas.bootstrap.migrations.history import Migration

_MASTER: Final = "datatier_master"
# Passed on to the comparison, which logs in as libpq would.
_PASSWORD_VARIABLES: Final = ("PGPASSWORD", "PGPASSFILE")


class NoSuchSchema(Misused):
    """The schema file that was named is not there."""


class ScratchRefused(DatatierError):
    """The login may not create a database."""


class _Silence:
    """A log for a run that nobody follows."""

    def info(self, msg: str, **facts: object) -> None:
        """Say nothing."""

    def warning(self, msg: str, **facts: object) -> None:
        """Say nothing."""


def disagreement(schema: Path, history: Sequence[Migration], *, target: Target | None) -> str:
    """Return the SQL that would make what the migrations build agree with the schema file; empty: they agree.

    `target` is a login that may create databases on its server; None starts a PostgreSQL 15 of its own for
    the time that it takes. What Prisma's schema language cannot express is compared as far as Prisma's engine
    sees it, and no further: indexes on expressions, partial indexes, checks, triggers and views pass unseen.

    Raises:
        NoSuchSchema: the file is not there. MigrationError: the history cannot be applied.
        ScratchRefused: the login may not create a database. DifferenceUnknown: what Prisma's engine says.
    """
    if not schema.is_file():
        raise NoSuchSchema(f"there is no file {schema}: --schema FILE names the Prisma schema.")
    with _ended_by_signals(), _server(target) as server, _database(server) as scratch:
        apply_history(scratch.connect, history=history, log=_Silence(), owner=None)
        passwords = {name: os.environ[name] for name in _PASSWORD_VARIABLES if name in os.environ}
        return difference(schema, url_of(scratch), extra=passwords)


def url_of(target: Target) -> str:
    """Write a target as a URL for Node's programs."""
    password = "" if target.password is None else f":{quote(target.password, safe='')}"
    socket = is_socket(target.host)
    host = "localhost" if socket else f"[{target.host}]" if ":" in target.host else target.host
    parameters = {"sslmode": "disable" if target.authority is None else "verify-full"}
    if target.authority not in (None, "system"):
        parameters["sslrootcert"] = str(target.authority)
    if socket:
        parameters["host"] = target.host
    place = f"{host}:{target.port}/{quote(target.database, safe='')}"
    query = urlencode(parameters, quote_via=quote)
    return f"postgresql://{quote(target.user, safe='')}{password}@{place}?{query}"


@contextmanager
def _server(target: Target | None) -> Generator[Target]:
    """Give a login on the server that was named, or on one that lives no longer than this."""
    if target is not None:
        yield target
        return
    password = secrets.token_urlsafe(24)
    with own_folder(state_directory() / "diff-check") as folder:
        server = PostgresServer.create_primary(
            directory=folder / "primary",
            identifier="primary",
            master_username=_MASTER,
            master_password=password,
            database="postgres_rds",
            parameters={"rds.force_ssl": "1"},
            authority=Authority(folder / "authority"),
        )
        yield Target(
            host=server.host, port=server.port, database="postgres_rds", user=_MASTER, password=password,
            authority=str(server.ca_path),
        )  # fmt: skip


@contextmanager
def _database(server: Target) -> Generator[Target]:
    """Give an empty database of its own; whoever is still in it at the end is cut off."""
    name = f"datatier_diff_check_{secrets.token_hex(6)}"
    first = server.connect()
    try:
        with first:
            _create(first, name, where=server.where)
        yield replace(server, database=name)
    finally:
        # A new session: Ctrl-C may have ended the first one in the middle of its statement.
        with server.connect() as last:
            last.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(connection: psycopg.Connection[TupleRow], name: str, *, where: str) -> None:
    try:
        # Nothing of template1: what an administrator put there is not the migrations' work.
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise ScratchRefused(
            f"{where} cannot make a scratch database: {server_says(error)}. Give a login with CREATEDB, or "
            "no URL at all: then a server is started for the comparison."
        ) from error


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """Let SIGTERM end the comparison as Ctrl-C does, so that the scratch database goes then too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
