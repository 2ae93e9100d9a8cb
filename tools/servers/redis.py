"""A real Redis 7 with ElastiCache's limits: TLS only, users from an access control list, no CONFIG.

In its folder: `server.json` (what it is), `redis.conf`, `users.acl`, `tls/`, `redis.log` and the password of
ElastiCache's own account.
"""

from __future__ import annotations

import secrets
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import redis

from tools.servers import binaries, processes
from tools.servers.addresses import free_address
from tools.servers.errors import StartFailed
from tools.servers.redis_configuration import SERVICE, AclUser, acl_file, redis_conf
from tools.servers.server import Identity, LocalServer, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.servers.certificates import Authority

START_SECONDS = 15.0
STOP_SECONDS = 10.0


class RedisServer(LocalServer[Identity]):
    """One Redis node, primary or replica."""

    kind = "Redis"

    @classmethod
    def create(
        cls,
        *,
        directory: Path,
        identifier: str,
        users: Sequence[AclUser],
        parameters: Mapping[str, str],
        authority: Authority,
        replica_of: RedisServer | None = None,
    ) -> Self:
        """Create and start a node, following `replica_of` if given. Raises StartFailed, BinaryMissing."""
        host, port = free_address(replica_of.port if replica_of else 0)
        identity = Identity(
            identifier=identifier,
            host=host,
            port=port,
            authority=str(authority.ca_path.parent),
            parameters=dict(parameters),
            source=str(replica_of.directory) if replica_of else None,
        )
        server = cls(directory, identity)
        server._settle()
        password = replica_of._service_password() if replica_of else secrets.token_urlsafe(24)  # noqa: SLF001  (its own class)
        write_private(server.directory / "service.password", password)
        server._configure()
        server._write_users(users)
        server.start()
        return server

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.directory / "redis.log"

    @property
    def pid(self) -> int | None:
        """The process id, or None when it does not run."""
        try:
            pid = int((self.directory / "redis.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if processes.lives_in(pid, self.directory) else None

    def start(self) -> None:
        """Start it and wait until it answers; does nothing when it runs. Raises StartFailed."""
        if self.is_running():
            return
        (self.directory / "redis.pid").unlink(missing_ok=True)
        programs = binaries.redis()
        done = subprocess.run(  # noqa: S603  (Redis' own program, no shell)
            [programs.path("redis-server"), self.directory / "redis.conf"], check=False, cwd=self.directory,
            env=programs.environment_at(self.directory), stdin=subprocess.DEVNULL, capture_output=True,
            text=True,
        )  # fmt: skip
        if done.returncode or not self._answers():
            with self.log.open("a") as log:
                log.write(done.stderr)
            raise StartFailed.from_log(f"Redis '{self.identifier}'", self.log)

    def stop(self) -> None:
        """Stop it; does nothing when it does not run."""
        if (pid := self.pid) is not None:
            processes.stop(pid, self.directory, how=signal.SIGTERM, grace_seconds=STOP_SECONDS)

    def set_users(self, users: Sequence[AclUser]) -> None:
        """Replace the users at once, without a restart; live connections keep who they were.

        One by one, as ElastiCache does: loading the file would cut the connections of users that changed.
        """
        self._write_users(users)
        if self.is_running():
            with self._service_connection() as connection:
                present = {str(name) for name in cast("list[str]", connection.acl_users())}
                for user in users:
                    connection.execute_command("ACL", "SETUSER", user.name, "reset", *user.rules)
                for name in present - {user.name for user in users} - {SERVICE, "default"}:
                    connection.execute_command("ACL", "DELUSER", name)

    def apply_parameters(self, parameters: Mapping[str, str]) -> None:
        """Put a parameter group in force. Raises StartFailed, with the former parameters in force again."""
        former = self.parameters
        try:
            self._change_parameters(parameters)
        except StartFailed:
            self._change_parameters(former)
            raise

    def _change_parameters(self, parameters: Mapping[str, str]) -> None:
        self._remember_parameters(parameters)
        self._configure()
        self.restart()

    def _configure(self) -> None:
        source = self._identity.source
        primary = RedisServer.open(Path(source)) if source else None
        conf = redis_conf(
            host=self.host,
            port=self.port,
            directory=self.directory,
            tls=self.certificate,
            ca=self.ca_path,
            parameters=self.parameters,
            primary=(primary.host, primary.port) if primary else None,
            service_password=self._service_password(),
        )
        write_private(self.directory / "redis.conf", conf)

    def _write_users(self, users: Sequence[AclUser]) -> None:
        acl = acl_file(users, service_password=self._service_password())
        write_private(self.directory / "users.acl", acl)

    def _service_password(self) -> str:
        return (self.directory / "service.password").read_text()

    def _service_connection(self) -> redis.Redis:
        return redis.Redis(
            host=self.host, port=self.port, username=SERVICE, password=self._service_password(),
            ssl=True, ssl_ca_certs=str(self.ca_path), ssl_check_hostname=True, decode_responses=True,
        )  # fmt: skip

    def _answers(self) -> bool:
        """Wait until it serves: a primary at once, a replica when it has its primary's data."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError), self._service_connection() as connection:
                state = cast("dict[str, str]", connection.info("replication"))
                if state["role"] == "master" or state["master_link_status"] == "up":
                    return True
            time.sleep(processes.POLL_SECONDS)
        return False
