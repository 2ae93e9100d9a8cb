"""Fixtures of the rotation's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from tests.integration.rotation.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tools.servers.postgres import PostgresServer


@pytest.fixture
def ground(tier: Tier) -> Iterator[Ground]:
    """Return a bootstrapped tier whose logins rotate; the master has its password back afterwards."""
    tier.bootstrap()
    yield Ground(tier)
    with tier.admin() as connection:
        connection.execute("SET default_transaction_read_only = off")
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        master = tier.database.master_username
        connection.execute(
            statement.format(sql.Identifier(master), sql.Literal(tier.database.master_password))
        )


@pytest.fixture
def replica(rds: PostgresServer, servers_directory: Path) -> Iterator[PostgresServer]:
    """Return a streaming replica of the server."""
    server = rds.create_replica(directory=servers_directory / "replica", identifier="replica", parameters={})
    yield server
    server.destroy()


@pytest.fixture
def followed(ground: Ground, replica: PostgresServer) -> Ground:
    """Return the same tier with a replica."""
    ground.replica_hosts = (replica.host,)
    return ground
