"""Finds the servers' programs and openssl: the system's own, else those that the set-up has unpacked."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.servers.errors import BinaryMissing
from tools.state import toolchain_directory

POSTGRES_MAJOR = "15"
REDIS_MAJOR = 7


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder of programs, and the variables they need to find their libraries."""

    directory: Path
    libraries: dict[str, str]

    def path(self, program: str) -> str:
        """Return the program's full path."""
        return str(self.directory / program)

    def environment_at(self, home: Path) -> dict[str, str]:
        """Return the environment to run a program in, with `home` as its home.

        The caller's own home and PG* variables stay outside: another account may not read the one,
        and libpq would follow the others.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, **self.libraries, "HOME": str(home)}


def unpacked_root() -> Path:
    """Return where the set-up unpacks Debian's packages when it may not install them."""
    return toolchain_directory() / "debian"


@cache
def postgres() -> Binaries:
    """Return PostgreSQL 15's programs. Raises BinaryMissing."""
    for directory in _postgres_directories():
        if _version(directory / "postgres").startswith(f"postgres (PostgreSQL) {POSTGRES_MAJOR}."):
            return Binaries(directory=directory, libraries=_libraries(directory))
    raise BinaryMissing(
        "PostgreSQL 15 is not installed: run `make setup`, or install the packages postgresql-15 "
        "and postgresql-15-pgextwlist"
    )


def has_extension_whitelist() -> bool:
    """Tell whether PostgreSQL has pgextwlist, by which a master that is no superuser creates extensions."""
    return any(postgres().directory.parent.glob("lib/pgextwlist.so"))


@cache
def redis() -> Binaries:
    """Return redis-server 7 or newer and redis-cli. Raises BinaryMissing."""
    found = shutil.which("redis-server")
    candidates = [Path(found).parent] if found else []
    for directory in (*candidates, unpacked_root() / "usr/bin"):
        version = _version(directory / "redis-server").partition("v=")[2].partition(".")[0]
        if version.isdigit() and int(version) >= REDIS_MAJOR:
            return Binaries(directory=directory, libraries=_libraries(directory))
    raise BinaryMissing(
        "redis-server 7 is not installed: run `make setup`, or install the package redis-server"
    )


@cache
def pgbouncer() -> Binaries:
    """Return pgbouncer. Raises BinaryMissing."""
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    candidates = [Path(found).parent] if found else []
    for directory in (*candidates, unpacked_root() / "usr/sbin"):
        if _version(directory / "pgbouncer").startswith("PgBouncer"):
            return Binaries(directory=directory, libraries=_libraries(directory))
    raise BinaryMissing("pgbouncer is not installed: run `make setup`, or install the package pgbouncer")


@cache
def openssl() -> Binaries:
    """Return openssl, by which a test sees what a client of TLS sees. Raises BinaryMissing."""
    found = shutil.which("openssl")
    candidates = [Path(found).parent] if found else []
    for directory in (*candidates, unpacked_root() / "usr/bin"):
        if (directory / "openssl").exists():
            return Binaries(directory=directory, libraries=_libraries(directory))
    raise BinaryMissing("openssl is not installed: run `make setup`, or install the package openssl")


def _postgres_directories() -> list[Path]:
    debian = Path("usr/lib/postgresql") / POSTGRES_MAJOR / "bin"
    found = shutil.which("postgres")
    return [Path("/") / debian, *([Path(found).parent] if found else []), unpacked_root() / debian]


def _version(program: Path) -> str:
    """Return what `program --version` prints, or nothing when there is no such program."""
    if not program.exists():
        return ""
    environment = {**os.environ, **_libraries(program.parent)}
    done = subprocess.run(  # noqa: S603  (a program found on this machine, no shell)
        [program, "--version"], capture_output=True, text=True, check=False, env=environment
    )
    return done.stdout.strip()


def _libraries(directory: Path) -> dict[str, str]:
    root = unpacked_root()
    if not directory.is_relative_to(root):
        return {}
    libraries = sorted({str(found.parent) for found in root.glob("usr/lib/*-linux-gnu*/*.so*")})
    return {"LD_LIBRARY_PATH": ":".join(libraries)}
