"""Pure text: the configuration and ACL files of a local Redis 7 that behaves as ElastiCache does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SERVICE = "elasticache-service"

# Source: "Supported and restricted Valkey and Redis OSS commands" in the Amazon ElastiCache User Guide.
# ACL itself is restricted in part only; the service account below is the one that may still change users.
RESTRICTED = ("bgrewriteaof", "bgsave", "config", "debug", "migrate", "replicaof", "save", "slaveof", "sync")

# Parameters of ElastiCache's groups that stand for something in ElastiCache and not in redis.conf.
SERVICE_ONLY = {"reserved-memory", "reserved-memory-percent", "cluster-enabled"}


@dataclass(frozen=True, kw_only=True)
class AclUser:
    """A user of the group: ElastiCache's access string, and up to two live passwords."""

    name: str
    access_string: str
    passwords: tuple[str, ...] = ()
    no_password: bool = False

    @property
    def rules(self) -> list[str]:
        """Its access control list; passwords stand in it as SHA-256 digests only."""
        digests = [f"#{hashlib.sha256(password.encode()).hexdigest()}" for password in self.passwords]
        return [*self.access_string.split(), "resetpass", *(["nopass"] if self.no_password else digests)]

    def __repr__(self) -> str:
        """Show who it is, never the passwords."""
        return f"AclUser({self.name!r}, {len(self.passwords)} passwords)"


def acl_file(users: Sequence[AclUser], *, service_password: str) -> str:
    """Return the ACL file; passwords stand in it as SHA-256 digests only."""
    service = AclUser(name=SERVICE, access_string="on ~* &* +@all", passwords=(service_password,))
    lines = [_line(user) for user in (*users, service)]
    if not any(user.name == "default" for user in users):
        lines.append("user default off resetpass -@all")
    return "\n".join((*lines, ""))


def redis_conf(
    *,
    host: str,
    port: int,
    directory: Path,
    tls: tuple[Path, Path],
    ca: Path,
    parameters: Mapping[str, str],
    primary: tuple[str, int] | None,
    service_password: str,
) -> str:
    """Return redis.conf: TLS only, on loopback, nothing saved; a replica follows its primary over TLS."""
    certificate, key = tls
    settings = {
        "bind": host,
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": f'"{certificate}"',
        "tls-key-file": f'"{key}"',
        "tls-ca-cert-file": f'"{ca}"',
        "tls-auth-clients": "no",
        "tls-replication": "yes",
        "repl-diskless-sync-delay": "0",
        "shutdown-timeout": "0",  # a replica that is gone is not waited for
        "dir": f'"{directory}"',
        "pidfile": f'"{directory / "redis.pid"}"',
        "logfile": f'"{directory / "redis.log"}"',
        "aclfile": f'"{directory / "users.acl"}"',
        "save": '""',
        "daemonize": "yes",
        "masteruser": SERVICE,
        "masterauth": service_password,
        **{name: value for name, value in parameters.items() if name not in SERVICE_ONLY},
    }
    if primary:
        settings["replicaof"] = f"{primary[0]} {primary[1]}"
    lines = [f"{name} {value}" for name, value in settings.items()]
    lines += [f'rename-command {command} ""' for command in RESTRICTED]
    return "\n".join(("# Written by tools/servers; edits are lost.", *lines, ""))


def _line(user: AclUser) -> str:
    return " ".join((f"user {user.name}", *user.rules))
