"""A real PostgreSQL 15 with RDS's limits: the master is no superuser, and every connection is TLS.

In its folder: `server.json` (what it is), `data/` (the cluster), `tls/`, `postgresql.log` and the passwords
of RDS's own accounts, readable by the server's account only.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from tools.servers import binaries, postgres_cluster, processes
from tools.servers.accounts import check_reachable, hand_over, run_as
from tools.servers.addresses import free_address
from tools.servers.errors import ParameterRefused, StartFailed
from tools.servers.postgres_configuration import ADMIN, pg_hba_conf, postgresql_conf, server_parameters
from tools.servers.server import Identity, LocalServer, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.servers.certificates import Authority

STOP_SECONDS = 20.0
CONNECT_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class PostgresIdentity(Identity):
    """An instance also has a master and a database, which a replica takes over."""

    master_username: str
    database: str


class PostgresServer(LocalServer[PostgresIdentity]):
    """One PostgreSQL server, primary or replica."""

    kind = "PostgreSQL"
    identity_type = PostgresIdentity

    @classmethod
    def create_primary(
        cls,
        *,
        directory: Path,
        identifier: str,
        master_username: str,
        master_password: str,
        database: str,
        parameters: Mapping[str, str],
        authority: Authority,
    ) -> Self:
        """Create and start a primary. Raises ParameterRefused, StartFailed, BinaryMissing."""
        host, port = free_address()
        identity = PostgresIdentity(
            identifier=identifier,
            host=host,
            port=port,
            master_username=master_username,
            database=database,
            authority=str(authority.ca_path.parent),
            parameters=dict(parameters),
        )
        server = cls(directory, identity)
        server._settle()
        server._initialise(master_password)
        return server

    def create_replica(self, *, directory: Path, identifier: str, parameters: Mapping[str, str]) -> Self:
        """Create and start a streaming replica of this server. Raises as `create_primary` does."""
        host, port = free_address(self.port)
        identity = replace(
            self._identity,
            identifier=identifier,
            host=host,
            port=port,
            parameters=dict(parameters),
            source=str(self.directory),
        )
        replica = type(self)(directory, identity)
        replica._settle()  # noqa: SLF001  (its own class)
        replica._follow(self)  # noqa: SLF001  (its own class)
        return replica

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.directory / "postgresql.log"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None when it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if processes.lives_in(pid, self.data) else None

    def start(self) -> None:
        """Start it and wait until it accepts connections; does nothing when it runs. Raises StartFailed."""
        if self.is_running():
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        programs = binaries.postgres()
        done = subprocess.run(  # noqa: S603  (PostgreSQL's own program, no shell)
            [programs.path("pg_ctl"), "-D", self.data, "-l", self.log, "-w", "-s", "start"],
            check=False, cwd=self.directory, env=programs.environment_at(self.directory),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run_as(),
        )  # fmt: skip
        if done.returncode:
            raise StartFailed.from_log(f"PostgreSQL '{self.identifier}'", self.log)

    def stop(self) -> None:
        """Stop it, cutting its sessions off; does nothing when it does not run."""
        if (pid := self.pid) is not None:
            processes.stop(pid, self.data, how=signal.SIGINT, grace_seconds=STOP_SECONDS)

    def destroy(self) -> None:
        """Stop it and remove its folder; a replica's primary forgets it."""
        self.stop()
        with suppress(psycopg.OperationalError):  # a primary that no longer answers keeps a slot for nobody
            self._leave_primary()
        super().destroy()

    def apply_parameters(self, parameters: Mapping[str, str]) -> list[str]:
        """Put a parameter group in force without a restart.

        Returns the names that wait for a reboot, as RDS's `pending-reboot` does. Raises ParameterRefused,
        with the former parameters still in force.
        """
        former = self._identity.parameters
        try:
            self._configure(dict(parameters))
            with self.admin_connection() as connection:
                postgres_cluster.check_extensions(connection)
                return postgres_cluster.reload(connection)
        except ParameterRefused:
            self._configure(former)
            raise

    def admin_connection(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as RDS's own superuser, which no user of RDS can do: for the rehearsal's own needs only."""
        return psycopg.connect(
            host=self.host, port=self.port, user=ADMIN, dbname=database, autocommit=True,
            password=self._password_path(ADMIN).read_text(), sslmode="verify-full",
            sslrootcert=str(self.ca_path), application_name="rdsadmin", connect_timeout=CONNECT_SECONDS,
        )  # fmt: skip

    @property
    def _slot(self) -> str:
        return "rds_" + self.identifier.replace("-", "_")

    def _leave_primary(self) -> None:
        if self._identity.source is None or not Path(self._identity.source).exists():
            return
        primary = PostgresServer.open(Path(self._identity.source))
        if primary.is_running():
            with primary.admin_connection() as connection:
                postgres_cluster.drop_slot(connection, self._slot)

    def _settle(self) -> None:
        check_reachable(self.directory)
        super()._settle()
        hand_over(self.directory)

    def _initialise(self, master_password: str) -> None:
        self._new_password(ADMIN)
        postgres_cluster.initialise(self.data, self._password_path(ADMIN))
        self._configure(self.parameters)
        self.start()
        with self.admin_connection() as connection:
            postgres_cluster.check_extensions(connection)
            postgres_cluster.lay_limits(
                connection,
                replication_password=self._new_password("replication"),
                master_username=self._identity.master_username,
                master_password=master_password,
                database=self._identity.database,
            )

    def _follow(self, primary: PostgresServer) -> None:
        shutil.copy2(primary._password_path(ADMIN), self._password_path(ADMIN))
        hand_over(self._password_path(ADMIN))
        postgres_cluster.copy_primary(
            self.data,
            host=primary.host,
            port=primary.port,
            password=primary._password_path("replication").read_text(),
            ca=self.ca_path,
            slot=self._slot,
        )
        self._configure(self.parameters)
        self.start()

    def _configure(self, parameters: dict[str, str]) -> None:
        server_parameters(parameters)
        conf = postgresql_conf(host=self.host, port=self.port, tls=self.certificate, parameters=parameters)
        postgres_cluster.write_configuration(self.data, conf, pg_hba_conf(parameters))
        postgres_cluster.check_configuration(self.data)
        self._remember_parameters(parameters)

    def _password_path(self, account: str) -> Path:
        return self.directory / f"{account}.password"

    def _new_password(self, account: str) -> str:
        password = secrets.token_urlsafe(24)
        write_private(self._password_path(account), password)
        hand_over(self._password_path(account))
        return password
