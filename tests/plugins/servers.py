"""Fixtures over real servers: a PostgreSQL 15 with RDS's limits and a Redis 7, one of each a test process.

A server is started by the first test that asks for it and removed at the end; what a killed run left
behind is removed by the next one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tools.servers.certificates import Authority
from tools.servers.leftovers import own_folder
from tools.servers.postgres import PostgresServer
from tools.servers.postgres_cluster import create_database
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MASTER = "datatier_master"

PARAMETERS = {
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "log_statement": "all",
}


@dataclass(frozen=True, kw_only=True)
class Database:
    """An empty database on the server, owned by the master, and how to reach it."""

    server: PostgresServer
    name: str
    master_username: str
    master_password: str = field(repr=False)

    def connect(
        self, username: str | None = None, password: str | None = None, **parameters: str | int
    ) -> psycopg.Connection:
        """Connect verify-full and in autocommit: as the master unless another login is given."""
        settings: dict[str, str | int] = {
            "host": self.server.host,
            "port": self.server.port,
            "dbname": self.name,
            "user": username or self.master_username,
            "password": password or self.master_password,
            "sslmode": "verify-full",
            "sslrootcert": str(self.server.ca_path),
            **parameters,
        }
        return psycopg.connect(make_conninfo("", **settings), autocommit=True)


@pytest.fixture(scope="session")
def servers_directory() -> Iterator[Path]:
    """Return this test process' own folder for servers, removed with all that runs in it."""
    with own_folder(state_directory() / "tests") as folder:
        yield folder


@pytest.fixture(scope="session")
def authority(servers_directory: Path) -> Authority:
    """Return the certificate authority that the servers' certificates come from."""
    return Authority(servers_directory / "authority")


@pytest.fixture(scope="session")
def master_password() -> str:
    """Return the master's password: awkward on purpose, and new for each run."""
    return "p'\"%: \\" + secrets.token_urlsafe(16)


@pytest.fixture(scope="session")
def rds(servers_directory: Path, authority: Authority, master_password: str) -> PostgresServer:
    """Return a running PostgreSQL 15 with RDS's limits, logging every statement."""
    return PostgresServer.create_primary(
        directory=servers_directory / "primary",
        identifier="primary",
        master_username=MASTER,
        master_password=master_password,
        database="postgres_rds",
        parameters=PARAMETERS,
        authority=authority,
    )


@pytest.fixture
def database(rds: PostgresServer, master_password: str) -> Iterator[Database]:
    """Return an empty database of the test's own; it is dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with rds.admin_connection() as connection:
        create_database(connection, name, owner=MASTER)
        yield Database(server=rds, name=name, master_username=MASTER, master_password=master_password)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
