"""A pooler task as ECS runs it: `python -m containers.pgbouncer` as a process, with its secrets on loopback.

For tests of the pooler and for load that goes through it. PgBouncer is the machine's, or the one that
DATATIER_PGBOUNCER names.
"""

from __future__ import annotations

import json
import os
import secrets
import sysconfig
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.integration.bootstrap.tier import Tier
from tests.plugins.pgbouncer_version import pgbouncer_program
from tests.plugins.pooler_task import POLL_SECONDS, WAIT_SECONDS, Pooler, program_version, until
from tests.plugins.secret_values import SecretValues
from tests.plugins.servers import MASTER, PARAMETERS, Database
from tools.servers import binaries
from tools.servers.addresses import free_address
from tools.servers.postgres import PostgresServer
from tools.servers.program import ProgramIdentity
from tools.servers.pythons import lent_python
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tools.servers.certificates import Authority

__all__ = [
    "CERTIFICATE",
    "POLL_SECONDS",
    "SERVED",
    "WAIT_SECONDS",
    "Pooler",
    "Poolers",
    "program_version",
    "until",
]

SERVED = ("app", "readonly", "monitor")
CERTIFICATE = "certificate"


@dataclass
class Poolers:
    """Starts tasks before one tier, and ends them."""

    tier: Tier
    folder: Path
    values: SecretValues
    authority: Authority
    started: list[Pooler] = field(default_factory=list[Pooler])

    def __post_init__(self) -> None:
        for login in SERVED:
            self.values.versions.add(login, self.tier.document(login))

    def variables(
        self, address: tuple[str, int], directory: Path, *, replicas: Sequence[str] = ()
    ) -> dict[str, str]:
        """What the stack would set, with the document's settings and short times."""
        server = self.tier.database.server
        return {
            "LISTEN_ADDRESS": address[0],
            "LISTEN_PORT": str(address[1]),
            "HEALTH_PORT": str(free_address()[1]),
            "PRIMARY_HOST": server.host,
            "POSTGRES_PORT": str(server.port),
            "DATABASE": self.tier.database.name,
            "REPLICA_HOSTS": json.dumps(list(replicas)),
            "LOGIN_SECRET_ARNS": json.dumps({login: login for login in SERVED}),
            "CERTIFICATE_SECRET_ARN": CERTIFICATE,
            "PGBOUNCER_SETTINGS": json.dumps(
                {
                    "pool_mode": "transaction",
                    "max_client_conn": "2000",
                    "max_prepared_statements": "200",
                    "query_wait_timeout": "120",
                    "server_connect_timeout": "5",
                    "server_idle_timeout": "10",
                    "server_lifetime": "3600",
                    "server_login_retry": "1",
                }
            ),
            "POOL_SIZES": '{"primary": 10, "replicas": 10}',
            "MINIMUM_VERSION": "1.18.0",
            "REFRESH_SECONDS": "300",
            "DRAIN_SECONDS": "20",
            "METRICS_SECONDS": "60",
            "METRICS_NAMESPACE": "datatier/test",
            "CA_BUNDLE": str(server.ca_path),
            "RUNTIME_DIRECTORY": str(directory / "run"),
            "PGBOUNCER": pgbouncer_program(),
            **self.values.variables(),
        }

    def launch(
        self,
        *,
        replicas: Sequence[str] = (),
        port: int = 0,
        changes: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
    ) -> Pooler:
        """Start a task and return at once; `changes` are variables that differ, `without` those not set."""
        address = free_address(port)
        directory = self.folder / f"pooler-{secrets.token_hex(3)}"
        variables = {**self.variables(address, directory, replicas=replicas), **(changes or {})}
        pooler = Pooler(
            directory,
            ProgramIdentity(
                identifier="pooler", host=variables["LISTEN_ADDRESS"], port=int(variables["LISTEN_PORT"])
            ),
        )
        pooler.settle()
        self.issue(pooler.host)
        pooler.health_port = int(variables["HEALTH_PORT"])
        pooler.ca_path = self.authority.ca_path
        pooler.tier = self.tier
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(directory),
            "PYTHONPATH": os.pathsep.join([str(repository_root()), sysconfig.get_path("purelib")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **binaries.pgbouncer().libraries,
            **{name: value for name, value in variables.items() if name not in without},
        }
        pooler.process = pooler.launch(
            [lent_python(), "-m", "containers.pgbouncer"], environment=environment, lend_account=True
        )
        self.started.append(pooler)
        return pooler

    def start(
        self, *, replicas: Sequence[str] = (), port: int = 0, changes: Mapping[str, str] | None = None
    ) -> Pooler:
        """Start a task and wait until it is healthy."""
        pooler = self.launch(replicas=replicas, port=port, changes=changes)
        until(lambda: pooler.health() == 200 or pooler.process.poll() is not None, lambda: pooler.text)
        assert pooler.process.poll() is None, pooler.text
        return pooler

    def issue(self, *addresses: str) -> None:
        """Issue a certificate for these addresses and for all tasks that were started before."""
        folder = self.folder / f"certificate-{secrets.token_hex(3)}"
        folder.mkdir(parents=True)
        everywhere = [*{pooler.host for pooler in self.started}, *addresses]
        certificate, key = self.authority.issue("pooler", everywhere, directory=folder)
        document = {
            "certificate": certificate.read_text(),
            "private_key": key.read_text(),
            "ca": self.authority.ca_path.read_text(),
        }
        self.values.versions.add(CERTIFICATE, json.dumps(document))


@pytest.fixture(scope="session")
def pooled_tier(servers_directory: Path, authority: Authority, master_password: str) -> Tier:
    """Return a bootstrapped database on a server of the pooler's tests' own, which they restart and break."""
    server = PostgresServer.create_primary(
        directory=servers_directory / "pooled",
        identifier="pooled",
        master_username=MASTER,
        master_password=master_password,
        database="shop",
        parameters=PARAMETERS,
        authority=authority,
    )
    database = Database(server=server, name="shop", master_username=MASTER, master_password=master_password)
    migrations = servers_directory / "pooled-migrations"
    migrations.mkdir(exist_ok=True)
    tier = Tier(database=database, migrations=migrations)
    tier.bootstrap()
    return tier


@pytest.fixture
def pooled_replica(pooled_tier: Tier, servers_directory: Path) -> Iterator[PostgresServer]:
    """Return a streaming replica of the pooled server; it is removed afterwards, whatever became of it."""
    folder = servers_directory / f"pooled-replica-{secrets.token_hex(3)}"
    server = pooled_tier.database.server.create_replica(
        directory=folder, identifier=folder.name, parameters={}
    )
    yield server
    server.destroy()


@pytest.fixture
def poolers(pooled_tier: Tier, servers_directory: Path, authority: Authority) -> Iterator[Poolers]:
    """Return a starter of tasks; afterwards those that it started are gone, and PostgreSQL is up."""
    print(f"PgBouncer {program_version()}")  # noqa: T201  (which release failed, if one does)
    folder = servers_directory / f"poolers-{secrets.token_hex(3)}"
    with SecretValues() as values:
        made = Poolers(tier=pooled_tier, folder=folder, values=values, authority=authority)
        yield made
        for pooler in made.started:
            pooler.process.kill()
            pooler.process.wait(WAIT_SECONDS)
            pooler.destroy()
    pooled_tier.database.server.start()
