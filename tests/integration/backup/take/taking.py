"""Takes backups of a tier as its login `backup`, and restores them beside it to see what they hold."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from containers.backup.compare import differences
from containers.backup.environment import TakeEnvironment
from containers.backup.restore.run import restore
from containers.backup.restore.target import Target
from containers.backup.take.attempt import Attempt, Extent, Source
from containers.backup.take.run import take
from lambdas.common.backup_layout import BackupId
from lambdas.common.connections import connect, verified
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from tests.integration.backup.take.watched_store import WatchedStore
from tests.integration.bootstrap.tier import RecordedLog
from tools.backup.restoring import programs_of
from tools.servers import binaries
from tools.servers.postgres_cluster import create_database
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    import psycopg

    from containers.backup.manifest import Manifest
    from containers.backup.programs import Programs
    from tests.integration.bootstrap.tier import Tier

APPLICATION = "datatier backup"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02


@dataclass
class Taking:
    """A tier, a store for its backups, and what was logged."""

    tier: Tier
    folder: Path
    store: WatchedStore = field(init=False)
    log: RecordedLog = field(default_factory=RecordedLog)
    programs: Programs = field(default_factory=lambda: programs_of(binaries.postgres()))
    primary: str = ""
    replicas: tuple[str, ...] = ()
    streams: int = 2
    chunk_mib: int = 1

    def __post_init__(self) -> None:
        self.store = WatchedStore(self.folder, database=self.tier.database.name)

    @property
    def secret(self) -> PostgresSecret:
        return parse_postgres_secret(self.tier.document("backup"), name="backup")

    def run(self, script: str) -> None:
        """Do as a migration does: as the owner."""
        with self.tier.connect("migrator") as connection:
            connection.execute(script.encode())

    def attempt(self, *, between: Callable[[], None] = lambda: None) -> Manifest:
        """Try once, from the primary."""
        secret, ca_bundle = self.secret, self.tier.database.server.ca_path

        def session() -> psycopg.Connection:
            return connect(secret, application_name=APPLICATION, ca_bundle=ca_bundle)

        login = {**verified(secret, ca_bundle=ca_bundle), "application_name": APPLICATION}
        return Attempt(
            source=Source(host=secret.host, connect=session, login=login),
            store=self.store,
            programs=self.programs,
            extent=Extent(streams=self.streams, chunk_mib=self.chunk_mib),
            database=self.tier.database.name,
            log=self.log,
        ).run(between=between)

    def take(self) -> Manifest:
        """Take a backup as the task does."""
        environment = TakeEnvironment(
            bucket="backups",
            database=self.tier.database.name,
            primary_host=self.primary or self.secret.host,
            replica_hosts=self.replicas,
            postgres_port=self.secret.port,
            login_secret_arn="backup",  # noqa: S106  the name of a secret
            streams=self.streams,
            chunk_mib=self.chunk_mib,
            metrics_namespace="test",
            ca_bundle=self.tier.database.server.ca_path,
            programs=self.programs,
        )
        return take(environment, secret=self.secret, store=self.store, log=self.log)

    def variables(self) -> dict[str, str]:
        """What the task is told of the tier by its environment, and where it finds programs and this code."""
        server = self.tier.database.server
        return {
            "DATABASE": self.tier.database.name,
            "PRIMARY_HOST": server.host,
            "REPLICA_HOSTS": "[]",
            "POSTGRES_PORT": str(server.port),
            "CA_BUNDLE": str(server.ca_path),
            "POSTGRES_PROGRAMS": str(self.programs.directory),
            "POSTGRES_LIBRARIES": self.programs.libraries,
            "PYTHONPATH": str(repository_root()),
            "PATH": os.environ["PATH"],
        }

    def alter(self) -> None:
        """Alter the table `items`, as a migration that waits for as long as it takes."""
        with self.tier.connect("migrator") as migration:
            migration.execute("SET lock_timeout = 0")
            migration.execute("ALTER TABLE items ADD COLUMN more int DEFAULT 7")

    @contextmanager
    def restored(self, manifest: Manifest) -> Generator[psycopg.Connection]:
        """Restore a backup as the master; it is what the manifest says, and the connection sees all of it."""
        server, name = self.tier.database.server, f"restored_{secrets.token_hex(6)}"
        database = self.tier.database
        with server.admin_connection() as admin:
            create_database(admin, name, owner=database.master_username)
            try:
                parameters = {
                    "host": server.host,
                    "port": server.port,
                    "dbname": name,
                    "user": database.master_username,
                    "password": database.master_password,
                    "sslmode": "verify-full",
                    "sslrootcert": str(server.ca_path),
                }
                restore(
                    self.store,
                    BackupId.parse(manifest.backup),
                    Target(parameters=parameters, programs=self.programs),
                    tables=None,
                    streams=2,
                    progress=lambda _: None,
                    allow_non_empty=False,
                )
                with server.admin_connection(name) as connection:
                    assert differences(manifest, connection, streams=2) == []
                    yield connection
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def sessions(self) -> list[str]:
        """What sessions of backups do on the server now."""
        return self.tier.column(
            "SELECT concat_ws(' ', state, query) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename LIKE 'backup%'"
        )

    def left(self) -> list[str]:
        """What sessions of backups still do, after those whose client has gone have had time to see it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := self.sessions()) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return found
