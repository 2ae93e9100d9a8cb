"""The PgBouncers that a bench compares: with the configuration of a task, and with the least that works.

Both speak TLS on either side, verify the server, pool by transaction and hold the same number of connections.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from containers.pgbouncer import files
from containers.pgbouncer.configuration import render
from containers.pgbouncer.environment import Environment, PoolSizes
from containers.pgbouncer.version import Version, of
from stacks.settings.pgbouncer import pgbouncer_settings
from stacks.settings.pooling import PoolingSettings
from tools.servers import binaries
from tools.servers.addresses import free_address
from tools.servers.certificates import Authority
from tools.servers.pgbouncer import CONFIGURATION, pgbouncer
from tools.servers.server import write_private

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tools.bench.scratch import Database


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """A running PgBouncer: where it listens, and its process."""

    name: str
    host: str
    port: int
    ca_path: Path
    process: psutil.Process

    @property
    def processor_seconds(self) -> float:
        """What it has used of the processor since its start."""
        used = self.process.cpu_times()
        return used.user + used.system


@contextmanager
def pooler(name: str, *, database: Database, login: str, hand_written: bool) -> Generator[Pooler]:
    """Run a PgBouncer before `database` for one login; it goes at the end. Raises StartFailed."""
    folder = database.scratch.folder / name
    shutil.rmtree(folder, ignore_errors=True)  # of the process before
    folder.mkdir()
    host, port = free_address()
    certificate, key = Authority(folder.parent / "authority").issue("server", [host], directory=folder)
    certificate.rename(folder / files.CERTIFICATE)
    key.rename(folder / files.KEY)
    write_private(folder / files.LOGINS, f'"{login}" "{database.scratch.password}"\n')
    write = _minimal if hand_written else _rendered
    write_private(folder / CONFIGURATION, write(database, folder=folder, host=host, port=port))
    with pgbouncer(folder, host=host, port=port) as process:
        yield Pooler(
            name=name, host=host, port=port, ca_path=database.ca_path, process=psutil.Process(process.pid)
        )


def pool_size() -> int:
    """Return the document's pool, which one PgBouncer has for itself here."""
    return PoolingSettings().pool_size


def version() -> Version:
    """Return the version of the PgBouncer that is measured."""
    return of(binaries.pgbouncer().path("pgbouncer"))


def _rendered(database: Database, *, folder: Path, host: str, port: int) -> str:
    server = database.scratch.server
    environment = Environment(
        listen_address=host,
        listen_port=port,
        health_port=port,
        primary_host=server.host,
        postgres_port=server.port,
        database=database.name,
        replica_hosts=(),
        login_secret_arns={},
        certificate_secret_arn="",
        settings=pgbouncer_settings(PoolingSettings()),
        pool_sizes=PoolSizes(primary=pool_size(), replicas=pool_size()),
        minimum_version=Version(0, 0),
        refresh_seconds=1,
        drain_seconds=1,
        metrics_seconds=1,
        metrics_namespace="bench",
        ca_bundle=database.ca_path,
        runtime_directory=folder,
    )
    return render(environment, version=version(), replicas=())


def _minimal(database: Database, *, folder: Path, host: str, port: int) -> str:
    server = database.scratch.server
    return f"""\
[databases]
{database.name} = host={server.host} port={server.port}

[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / files.LOGINS}
pool_mode = transaction
default_pool_size = {pool_size()}
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits,options
client_tls_sslmode = require
client_tls_key_file = {folder / files.KEY}
client_tls_cert_file = {folder / files.CERTIFICATE}
server_tls_sslmode = verify-full
server_tls_ca_file = {database.ca_path}
"""
