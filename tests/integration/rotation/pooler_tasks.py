"""PgBouncers as the tasks of one pooler: each at its own address, with the certificate of their common name.

Each has a file of logins that the test writes, in the place of the program that does so in a task.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.common.alternation import original_name
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS
from lambdas.rotate_postgres.environment import Pooler
from tools.servers import accounts
from tools.servers.addresses import free_address
from tools.servers.certificates import Authority
from tools.servers.pgbouncer import CONFIGURATION, LOG, pgbouncer
from tools.servers.server import write_private

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator
    from pathlib import Path

    from tests.integration.rotation.ground import Ground

TRUST = "trust"
SERVED = ("app", "readonly", "monitor")


@dataclass(kw_only=True)
class Task:
    """One PgBouncer; `folder` holds its configuration, its file of logins and its log."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    def let_in(self, ground: Ground) -> None:
        """Have it take the logins as the versions of the secrets say now."""
        write_private(self.folder / "userlist.txt", userlist(ground))
        accounts.hand_over(self.folder / "userlist.txt")
        self.process.send_signal(signal.SIGHUP)

    @property
    def log(self) -> str:
        return (self.folder / LOG).read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """Where the tasks of one pooler run, and whose certificate they show."""

    ground: Ground
    folder: Path
    authority: Authority
    host: str
    port: int

    @classmethod
    def prepare(cls, ground: Ground, folder: Path) -> Tasks:
        """Choose the pooler's name and port, and have the rotation log in there."""
        host, port = free_address()
        authority = Authority(folder / "authority")
        ground.memory.add(TRUST, trust(authority))
        ground.pooler = Pooler(
            host=host, port=port, tasks="tasks.test", trust_secret_arn=TRUST, logins=SERVED
        )
        return cls(ground=ground, folder=folder, authority=authority, host=host, port=port)

    @contextmanager
    def started(self, *, named: str | None = None, authority: Authority | None = None) -> Generator[Task]:
        """Run one more; `named` and `authority` are what its certificate says instead of the truth."""
        address, _ = free_address(self.port)
        folder = self.folder / address
        folder.mkdir()
        (authority or self.authority).issue("server", [named or self.host], directory=folder)
        write_private(folder / "userlist.txt", userlist(self.ground))
        write_private(folder / CONFIGURATION, self._configuration(address, folder))
        with pgbouncer(folder, host=address, port=self.port) as process:
            yield Task(address=address, folder=folder, process=process)

    def _configuration(self, address: str, folder: Path) -> str:
        database, server = self.ground.tier.database.name, self.ground.tier.database.server
        reads = (*self.ground.replica_hosts, server.host)[0]
        return f"""\
[databases]
{database} = host={server.host} port={server.port} dbname={database}
{database}_read = host={reads} port={server.port} dbname={database}

[pgbouncer]
listen_addr = {address}
listen_port = {self.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/userlist.txt
pool_mode = transaction
server_login_retry = 1
client_tls_sslmode = require
client_tls_key_file = {folder}/server.key
client_tls_cert_file = {folder}/server.pem
server_tls_sslmode = verify-full
server_tls_ca_file = {server.ca_path}
"""


def trust(authority: Authority) -> str:
    """The document of whom the pooler's certificates must be from."""
    return '{"ca": "' + authority.ca_path.read_text(encoding="ascii").replace("\n", "\\n") + '"}'


def userlist(ground: Ground) -> str:
    """One entry a name; of the versions that share a name, the one that PostgreSQL accepts."""
    entries: dict[str, str] = {}
    for login in SERVED:
        for stage in (PREVIOUS, PENDING, CURRENT):
            if ground.memory.read(login, stage=stage):
                secret = ground.secret(login, stage)
                assert original_name(secret.username) == login
                if secret.username not in entries or ground.accepts(secret):
                    entries[secret.username] = secret.password
    return "".join(
        f'"{name}" "{password.replace(chr(34), chr(34) * 2)}"\n' for name, password in entries.items()
    )
