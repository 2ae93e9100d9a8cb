"""PostgreSQL 15, redis-server, pgbouncer, openssl: the system's own if new enough, else Debian's."""

from __future__ import annotations

from pathlib import Path

from tools.servers import binaries
from tools.servers.errors import BinaryMissing
from tools.setup import debian
from tools.setup.steps import Step
from tools.state import toolchain_directory

# What each search needs; by pgextwlist a master that is no superuser creates extensions, as on RDS.
PACKAGES = {
    binaries.postgres: ["postgresql-15", "postgresql-15-pgextwlist"],
    binaries.redis: ["redis-server", "redis-tools"],
    binaries.pgbouncer: ["pgbouncer"],
    binaries.openssl: ["openssl"],
}


def step() -> Step:
    """Return the step."""
    stamp = toolchain_directory() / "servers.done"
    return Step("Database servers", (Path(__file__),), stamp, _install, lambda: not _missing())


def _install() -> None:
    missing = _missing()
    if missing:
        debian.install(missing)
    for find in PACKAGES:
        find.cache_clear()
        find()


def _missing() -> list[str]:
    missing: list[str] = []
    for find, packages in PACKAGES.items():
        try:
            find()
        except BinaryMissing:
            missing += packages
    if "postgresql-15" not in missing and not binaries.has_extension_whitelist():
        missing.append("postgresql-15-pgextwlist")
    return missing
