"""A real Redis 7 with ElastiCache's limits: TLS only, users from an access control list, no CONFIG.

Each server lives in one folder: `server.json` (what it is), `redis.conf`, `users.acl`, `tls/`, `redis.log`.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import redis

from tools.servers import binaries, processes
from tools.servers.addresses import free_address
from tools.servers.errors import ServerError, StartFailed
from tools.servers.redis_configuration import SERVICE, AclUser, acl_file, redis_conf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.servers.certificates import Authority

START_SECONDS = 15.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class _Identity:
    """What `server.json` holds: no secret is in it."""

    identifier: str
    host: str
    port: int
    authority: str
    parameters: dict[str, str]
    primary: tuple[str, int] | None = None


class RedisServer:
    """One Redis node in a folder of its own."""

    def __init__(self, directory: Path, identity: _Identity) -> None:
        self.directory = directory.resolve()
        self._identity = identity

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
        """Create and start a node, following `replica_of` if given. Raises ServerError."""
        if (directory / "server.json").exists():  # an earlier attempt that was killed
            cls.open(directory).stop()
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        host, port = free_address(replica_of.port if replica_of else 0)
        server = cls(
            directory,
            _Identity(
                identifier=identifier, host=host, port=port, authority=str(authority.ca_path.parent),
                parameters=dict(parameters),
                primary=(replica_of.host, replica_of.port) if replica_of else None,
            ),
        )  # fmt: skip
        (directory / "tls").mkdir()
        authority.issue("server", [host], directory=directory / "tls")
        password = replica_of._service_password() if replica_of else secrets.token_urlsafe(24)  # noqa: SLF001  (its own class)
        server._write_private("service.password", password)
        server._write_private("server.json", json.dumps(asdict(server._identity), indent=2))
        server._configure()
        server._write_users(users)
        server.start()
        return server

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Find a node again from its folder. Raises ServerError if there is none."""
        try:
            fields = json.loads((directory / "server.json").read_text())
        except FileNotFoundError as error:
            raise ServerError(f"there is no Redis server in {directory}") from error
        fields["primary"] = tuple(fields["primary"]) if fields["primary"] else None
        return cls(directory, _Identity(**fields))

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.directory / "redis.log"

    @property
    def ca_path(self) -> Path:
        """The authority that clients trust."""
        return Path(self._identity.authority) / "ca.pem"

    @property
    def identifier(self) -> str:
        """The node's identifier."""
        return self._identity.identifier

    @property
    def host(self) -> str:
        """The loopback address that the certificate names."""
        return self._identity.host

    @property
    def port(self) -> int:
        """The TLS port; there is no other."""
        return self._identity.port

    @property
    def pid(self) -> int | None:
        """The process id, or None when it does not run."""
        try:
            pid = int((self.directory / "redis.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if processes.lives_in(pid, self.directory) else None

    def is_running(self) -> bool:
        """Whether the server runs."""
        return self.pid is not None

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

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def destroy(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def set_users(self, users: Sequence[AclUser]) -> None:
        """Replace the users at once, without a restart; live connections keep who they were."""
        self._write_users(users)
        if self.is_running():
            with self._service_connection() as connection:
                connection.execute_command("ACL", "LOAD")

    def apply_parameters(self, parameters: Mapping[str, str]) -> None:
        """Put a parameter group in force. Raises StartFailed, with the former parameters in force again."""
        former = self._identity
        self._replace_parameters(dict(parameters))
        try:
            self.restart()
        except StartFailed:
            self._replace_parameters(former.parameters)
            self.restart()
            raise

    def _replace_parameters(self, parameters: dict[str, str]) -> None:
        self._identity = replace(self._identity, parameters=parameters)
        self._write_private("server.json", json.dumps(asdict(self._identity), indent=2))
        self._configure()

    def _configure(self) -> None:
        conf = redis_conf(
            host=self.host, port=self.port, directory=self.directory, ca=self.ca_path,
            parameters=self._identity.parameters, primary=self._identity.primary,
            service_password=self._service_password(),
        )  # fmt: skip
        self._write_private("redis.conf", conf)

    def _write_users(self, users: Sequence[AclUser]) -> None:
        self._write_private("users.acl", acl_file(users, service_password=self._service_password()))

    def _write_private(self, name: str, text: str) -> None:
        draft = self.directory / f"{name}.new"
        draft.touch(mode=0o600)
        draft.write_text(text)
        draft.replace(self.directory / name)

    def _service_password(self) -> str:
        return (self.directory / "service.password").read_text()

    def _service_connection(self) -> redis.Redis:
        return redis.Redis(
            host=self.host, port=self.port, username=SERVICE, password=self._service_password(),
            ssl=True, ssl_ca_certs=str(self.ca_path), ssl_check_hostname=True,
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
