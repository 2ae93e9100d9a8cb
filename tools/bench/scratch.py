"""A PostgreSQL 15 with RDS's limits for one bench, started by it and gone with it; every connection verified.

It never logs statements, which would be measured too, and leaves nothing behind: what a killed bench left is
removed by the next one.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from lambdas.bootstrap.environment import LOGINS, Environment
from lambdas.bootstrap.run import bootstrap
from lambdas.common.connections import connect
from lambdas.common.secret_documents import PostgresSecret
from tools.bench.engine import Silence
from tools.servers import binaries
from tools.servers.certificates import Authority
from tools.servers.leftovers import own_folder
from tools.servers.postgres import PostgresServer
from tools.servers.postgres_cluster import create_database
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import psycopg
    from psycopg.rows import TupleRow

    from lambdas.bootstrap.migrations.run import Result

MASTER = "datatier_master"
EXTENSIONS = ("pg_stat_statements",)
PARAMETERS = {
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements",
    "fsync": "on",  # a commit costs what it costs
}


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """A running server, a folder for files, and the logins' password."""

    server: PostgresServer
    folder: Path
    password: str = field(repr=False)

    @contextmanager
    def database(self) -> Generator[Database]:
        """Give an empty database with the design's roles and grants and no record of migrations."""
        name = f"bench_{secrets.token_hex(6)}"
        database = Database(scratch=self, name=name)
        empty = self.folder / "no-migrations"
        empty.mkdir(exist_ok=True)
        with self.server.admin_connection() as connection:
            create_database(connection, name, owner=MASTER)
            database.bootstrap(empty)
            with self.server.admin_connection(name) as inside:
                inside.execute("DROP TABLE public._prisma_migrations")
            connection.execute("CHECKPOINT")
            try:
                yield database
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def empty_database(self, name: str) -> Generator[Database]:
        """Give an empty database, as a new one is: nothing of the design is in it but the server's roles."""
        with self.server.admin_connection() as connection:
            create_database(connection, name, owner=MASTER)
            try:
                yield Database(scratch=self, name=name)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database of the scratch server."""

    scratch: Scratch
    name: str

    def current(self, arn: str) -> str:
        """The bench is its own store of secrets; see `SecretStore.current`."""
        server = self.scratch.server
        username = MASTER if arn == "master" else arn
        return json.dumps({
            "engine": "postgres", "host": server.host, "port": server.port, "dbname": self.name,
            "username": username, "password": self.scratch.password,
        })  # fmt: skip

    def pending(self, _arn: str) -> str | None:
        """Nothing rotates."""
        return None

    def bootstrap(self, migrations: Path) -> Result:
        """Do what the Lambda's handler does, in this process."""
        environment = Environment(
            name="bench",
            master_secret_arn="master",  # noqa: S106  (the name of a secret)
            login_secret_arns={login: login for login in LOGINS},
            extensions=EXTENSIONS,
            iam_logins={},
        )
        return bootstrap(
            environment, store=self, log=Silence(), migrations=migrations, ca_bundle=self.ca_path
        )

    @property
    def ca_path(self) -> Path:
        """The authority that every connection verifies."""
        return self.scratch.server.ca_path

    def secret(self, login: str) -> PostgresSecret:
        """Return a login's secret."""
        server = self.scratch.server
        return PostgresSecret(
            host=server.host, port=server.port, dbname=self.name, username=login,
            password=self.scratch.password,
        )  # fmt: skip

    def connect(self, login: str = MASTER) -> psycopg.Connection[TupleRow]:
        """Open one verified connection in autocommit, as the bootstrap does."""
        return connect(self.secret(login), application_name="datatier bench", ca_bundle=self.ca_path)

    def url(self, login: str) -> str:
        """Return the DATABASE_URL of a login, verified."""
        return (
            f"postgresql://{login}:{self.scratch.password}@{self.scratch.server.host}:"
            f"{self.scratch.server.port}/{self.name}?sslmode=verify-full&sslrootcert={self.ca_path}"
        )

    def variables(self, login: str) -> dict[str, str]:
        """Return what libpq's programs need to connect verified as a login."""
        server = self.scratch.server
        return {
            **binaries.postgres().environment_at(self.scratch.folder),
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGDATABASE": self.name,
            "PGUSER": login,
            "PGPASSWORD": self.scratch.password,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.ca_path),
            "PGGSSENCMODE": "disable",
        }


@contextmanager
def scratch_server(parameters: dict[str, str] | None = None) -> Generator[Scratch]:
    """Start a server, with further parameters of its own; it goes at the end."""
    password = secrets.token_urlsafe(24)
    with own_folder(state_directory() / "bench") as folder:
        server = PostgresServer.create_primary(
            directory=folder / "primary",
            identifier="primary",
            master_username=MASTER,
            master_password=password,
            database="bench",
            parameters=PARAMETERS | (parameters or {}),
            authority=Authority(folder / "authority"),
        )
        yield Scratch(server=server, folder=folder, password=password)
