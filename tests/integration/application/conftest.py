"""Points the application's fixtures at this project's own server, as an application does at its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo

from tests.plugins.servers import MASTER

if TYPE_CHECKING:
    from tools.servers.postgres import PostgresServer


@pytest.fixture(scope="session")
def application_server(rds: PostgresServer, master_password: str) -> str:
    """Return the connection string of the local PostgreSQL with RDS's limits."""
    return make_conninfo(
        host=rds.host, port=rds.port, user=MASTER, password=master_password, dbname="postgres",
        sslmode="verify-full", sslrootcert=str(rds.ca_path),
    )  # fmt: skip
