"""A real PgBouncer with the files that the task would write, in front of the servers of a test."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from containers.pgbouncer import configuration, version
from containers.pgbouncer.environment import Environment, PoolSizes
from containers.pgbouncer.files import CONFIGURATION, RuntimeDirectory
from containers.pgbouncer.refresh import Refresh, Refreshed, ask_primary
from tests.integration.rotation.versions import MemoryVersions
from tests.plugins.pgbouncer_version import pgbouncer_program
from tools.servers import binaries
from tools.servers.accounts import hand_over, run_as
from tools.servers.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier

LOGINS = ("app", "readonly", "monitor")
CERTIFICATE_SECRET = "certificate"  # noqa: S105  the name of a secret
START_SECONDS = 10.0


@dataclass
class RenderedPooler:
    """One pooler on an address of its own; `settings` are PgBouncer's."""

    tier: Tier
    folder: Path
    address: tuple[str, int]
    settings: dict[str, str] = field(default_factory=dict[str, str])
    pool_sizes: PoolSizes = field(default_factory=lambda: PoolSizes(primary=10, replicas=10))
    ca_bundle: Path | None = None
    memory: MemoryVersions = field(default_factory=MemoryVersions)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.version = version.of(pgbouncer_program())
        self.authority = Authority(self.folder / "authority")
        for login in LOGINS:
            self.memory.add(login, self.tier.document(login))
        self.memory.add(CERTIFICATE_SECRET, self.certificate())
        self.directory = RuntimeDirectory(self.folder / "run")
        self.refresh = Refresh(
            self.environment,
            directory=self.directory,
            stages=self.memory,
            accepts=ask_primary(self.environment),
            log=self.tier.log,
        )

    @property
    def environment(self) -> Environment:
        server = self.tier.database.server
        return Environment(
            listen_address=self.address[0],
            listen_port=self.address[1],
            health_port=1,
            primary_host=server.host,
            postgres_port=server.port,
            database=self.tier.database.name,
            replica_hosts=(),
            login_secret_arns={login: login for login in LOGINS},
            certificate_secret_arn=CERTIFICATE_SECRET,
            settings={"pool_mode": "transaction", "server_login_retry": "1", **self.settings},
            pool_sizes=self.pool_sizes,
            minimum_version=version.Version(1, 18),
            refresh_seconds=300,
            drain_seconds=1,
            metrics_seconds=60,
            metrics_namespace="datatier/test",
            ca_bundle=self.ca_bundle or server.ca_path,
            runtime_directory=self.folder / "run",
            program=pgbouncer_program(),
        )

    @property
    def log(self) -> str:
        """What PgBouncer has said."""
        return (self.folder / "log").read_text()

    def certificate(self) -> str:
        """A new certificate's secret."""
        certificate, key = self.authority.issue("pooler", [self.address[0]], directory=self.folder)
        return json.dumps(
            {
                "certificate": certificate.read_text(),
                "private_key": key.read_text(),
                "ca": self.authority.ca_path.read_text(),
            }
        )

    def write(self, replicas: tuple[str, ...] = ()) -> Refreshed:
        """Do what the task does before it starts or reloads PgBouncer."""
        done = self.refresh.run()
        text = configuration.render(self.environment, version=self.version, replicas=replicas)
        self.directory.write(CONFIGURATION, text)
        hand_over(self.folder)
        return done

    def start(self, replicas: tuple[str, ...] = ()) -> None:
        """Write the files, start PgBouncer and wait until it listens."""
        self.write(replicas)
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  (PgBouncer itself, no shell)
                [pgbouncer_program(), self.directory.configuration],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **run_as(),
            )  # fmt: skip
        self._wait_for("process up", times=1)

    def reload(self, replicas: tuple[str, ...] = ()) -> None:
        """Write the files again and have PgBouncer read them."""
        times = self.log.count("RELOAD")
        self.write(replicas)
        self.console("RELOAD")
        self._wait_for("RELOAD", times=times + 1)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()  # one that spins heeds nothing else
            self.process.wait(timeout=START_SECONDS)

    def connect(
        self, login: str = "app", *, database: str | None = None, **parameters: str | int
    ) -> psycopg.Connection:
        """Log in as an application does, verify-full and in autocommit."""
        settings: dict[str, str | int] = {
            "host": self.address[0],
            "port": self.address[1],
            "dbname": database or self.tier.database.name,
            "user": self.tier.users[login],
            "password": self.tier.passwords[login],
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority.ca_path),
            "connect_timeout": 10,
            **parameters,
        }
        connection = psycopg.connect(make_conninfo("", **settings), autocommit=True)
        connection.prepare_threshold = None
        return connection

    def console(self, command: str) -> None:
        """Give PgBouncer's own account a word with its console, through the socket."""
        subprocess.run(  # noqa: S603  (PostgreSQL's own psql, no shell)
            [binaries.postgres().path("psql"), "-X", "-q", "-h", str(self.directory.path),
             "-p", str(self.address[1]), "-U", "pgbouncer", "-d", "pgbouncer", "-c", command],
            check=True, capture_output=True, env=binaries.postgres().environment_at(self.folder), **run_as(),
        )  # fmt: skip

    def _wait_for(self, words: str, *, times: int) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.log.count(words) < times:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)
