"""A server of this folder's own, its roles made once; a fresh database and a folder for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.migrations.ground import Ground
from tests.integration.migrations.kill_points import killed_runs
from tests.plugins.servers import MASTER
from tools.servers.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.kill_points import Runs
    from tools.servers.certificates import Authority

    NewServer = Callable[[str], PostgresServer]


@pytest.fixture(scope="session")
def new_server(servers_directory: Path, authority: Authority, master_password: str) -> NewServer:
    """Return what makes a server with RDS's limits, by its name; whoever asks for one destroys it."""

    def create(name: str) -> PostgresServer:
        return PostgresServer.create_primary(
            directory=servers_directory / name,
            identifier=name,
            master_username=MASTER,
            master_password=master_password,
            database="postgres_rds",
            parameters={"rds.force_ssl": "1", "shared_preload_libraries": "pg_stat_statements"},
            authority=authority,
        )

    return create


@pytest.fixture(scope="session")
def ground(
    new_server: NewServer, master_password: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Return a server whose roles are made, shared by this folder's tests."""
    server = new_server("migrations")
    ground = Ground(server=server, master_password=master_password)
    ground.lay(tmp_path_factory.mktemp("none"))
    yield ground
    ground.admin.close()
    server.destroy()


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """Return what runs migrations in a process that may be killed."""
    with killed_runs() as runs:
        yield runs


@pytest.fixture
def place(ground: Ground, tmp_path: Path) -> Iterator[Tier]:
    """Return a database of the test's own where the migrations may begin."""
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    with ground.fresh(migrations) as tier:
        yield tier
