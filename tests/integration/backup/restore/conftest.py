"""A database that is hard to back up, its backup, and new databases to restore it into, on one server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from containers.backup.restore.run import Progress, Restored, Target, restore
from containers.backup.take.attempt import Attempt, Extent, Source
from lambdas.common.backup_layout import BackupId
from tests.integration.backup.restore.shelf import Shelf
from tests.integration.bootstrap.tier import RecordedLog
from tests.plugins.servers import Database
from tools.backup.restoring import programs_of
from tools.servers import binaries
from tools.servers.postgres_cluster import create_database
from tools.servers.postgres_configuration import ADMIN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from psycopg import Connection

    from containers.backup.manifest import Manifest
    from containers.backup.programs import Programs

NASTY = Path(__file__).with_name("nasty.sql")
OWNERS = ("restore_owner", 'Owner "É"')
ROLES = (*OWNERS, "restore_reader")


@dataclass
class Ground:
    """A source with a backup of it in `shelf`."""

    source: Database
    shelf: Shelf
    programs: Programs
    manifest: Manifest
    made: list[str] = field(default_factory=list[str])
    told: list[Progress] = field(default_factory=list[Progress])

    @property
    def backup(self) -> BackupId:
        return BackupId.parse(self.manifest.backup)

    def new_database(self, *, encoding: str = "UTF8") -> Database:
        """Make an empty database that the master owns, as RDS's master does."""
        name = f'Restored "{secrets.token_hex(4)}" = x'
        with self.source.server.admin_connection() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {}").format(
                    sql.Identifier(name), sql.Identifier(self.source.master_username), sql.Literal(encoding)
                )
            )
        self.made.append(name)
        return replace(self.source, name=name)

    def target(self, database: Database, **changes: str | int) -> Target:
        return Target(parameters={**login(database), **changes}, programs=self.programs)

    def restore(
        self,
        database: Database,
        *,
        tables: Collection[str] | None = None,
        allow_non_empty: bool = False,
        streams: int = 2,
        **changes: str | int,
    ) -> Restored:
        return restore(
            self.shelf,
            self.backup,
            self.target(database, **changes),
            tables=tables,
            streams=streams,
            progress=self.told.append,
            allow_non_empty=allow_non_empty,
        )


def login(database: Database) -> dict[str, str | int]:
    return {
        "host": database.server.host,
        "port": database.server.port,
        "dbname": database.name,
        "user": database.master_username,
        "password": database.master_password,
        "sslmode": "verify-full",
        "sslrootcert": str(database.server.ca_path),
    }


def superuser(database: Database) -> tuple[str, str]:
    """Name and password of the server's own superuser, whom no user of RDS can be."""
    return ADMIN, (database.server.directory / f"{ADMIN}.password").read_text()


def take(database: Database, shelf: Shelf, programs: Programs, *, chunk_mib: int = 1024) -> Manifest:
    """Take a backup as the server's own superuser, so that nothing is refused."""
    server = database.server

    def connect() -> Connection:
        return server.admin_connection(database.name)

    user, password = superuser(database)
    parameters = {**login(database), "user": user, "password": password}
    attempt = Attempt(
        source=Source(host=server.host, connect=connect, login=parameters),
        store=shelf,
        programs=programs,
        extent=Extent(streams=2, chunk_mib=chunk_mib),
        database=database.name,
        log=RecordedLog(),
    )
    return attempt.run()


def programs() -> Programs:
    return programs_of(binaries.postgres())


@pytest.fixture(scope="module")
def backed_up(request: pytest.FixtureRequest) -> Iterator[Callable[..., Ground]]:
    """What makes a database of some statements, and a backup of it. The roles of `ROLES` are there."""
    server = request.getfixturevalue("rds")
    password = request.getfixturevalue("master_password")
    master = server._identity.master_username
    made: list[Ground] = []
    with server.admin_connection() as connection:
        for role in ROLES:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        for role in OWNERS:
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(master)))

    def make(statements: str, *, superuser: bool = False, chunk_mib: int = 1024) -> Ground:
        name = f"nasty_{secrets.token_hex(4)}"
        with server.admin_connection() as connection:
            create_database(connection, name, owner=master)
        source = Database(server=server, name=name, master_username=master, master_password=password)
        with server.admin_connection(name) if superuser else source.connect() as connection:
            connection.execute(statements.encode())
        shelf = Shelf()
        manifest = take(source, shelf, programs(), chunk_mib=chunk_mib)
        made.append(Ground(source=source, shelf=shelf, programs=programs(), manifest=manifest))
        return made[-1]

    yield make
    with server.admin_connection() as connection:
        for database in [name for one in made for name in (one.source.name, *one.made)]:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )
        for role in ROLES:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture(scope="module")
def ground(backed_up: Callable[..., Ground]) -> Ground:
    return backed_up(NASTY.read_text(), chunk_mib=1)


@pytest.fixture
def shelf(ground: Ground) -> Iterator[Shelf]:
    """The store, which a test may spoil."""
    before = dict(ground.shelf.objects)
    yield ground.shelf
    ground.shelf.objects = before
    ground.shelf.during = lambda _: None
