"""The steps that make a PostgreSQL cluster: initdb, a base backup, RDS's limits, configuration files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql
from psycopg.conninfo import make_conninfo

from tools.servers import binaries
from tools.servers.accounts import hand_over, run_as
from tools.servers.errors import ParameterRefused, ServerError
from tools.servers.postgres_configuration import ADMIN, REPLICATION

if TYPE_CHECKING:
    import psycopg

LIMITS = Path(__file__).parent / "sql" / "rds_limits.sql"


REFUSAL = r"(?:LOG|FATAL): +(.*?parameter .*?)(?: in file .*)?$"


def initialise(data: Path, admin_password: Path) -> None:
    """Run initdb with RDS's internal superuser, whose password stands in a file. Raises ServerError."""
    _run(
        "initdb", "--pgdata", str(data), "--username", ADMIN, "--auth", "scram-sha-256", "--no-sync",
        "--encoding", "UTF8", "--locale", "C.UTF-8", "--pwfile", str(admin_password),
        cwd=data.parent, environment={},
    )  # fmt: skip


def copy_primary(data: Path, *, host: str, port: int, password: str, ca: Path, slot: str) -> None:
    """Take a base backup that streams on from its own replication slot. Raises ServerError."""
    location = make_conninfo(
        host=host, port=port, user=REPLICATION, sslmode="verify-full", sslrootcert=str(ca)
    )
    _run(
        "pg_basebackup", "--pgdata", str(data), "--dbname", location, "--write-recovery-conf",
        "--wal-method", "stream", "--checkpoint", "fast", "--create-slot", "--slot", slot, "--no-sync",
        cwd=data.parent, environment={"PGPASSWORD": password},
    )  # fmt: skip


def lay_limits(
    connection: psycopg.Connection,
    *,
    replication_password: str,
    master_username: str,
    master_password: str,
    database: str,
) -> None:
    """Create RDS's roles, the master with its database, and take away what RDS takes away."""
    limits: LiteralString = LIMITS.read_text()  # pyright: ignore[reportAssignmentType]  (a file of this package)
    with connection.transaction():
        connection.execute(limits)
        _create_login(connection, REPLICATION, replication_password, sql.SQL("REPLICATION"))
        _create_login(connection, master_username, master_password, sql.SQL("CREATEROLE CREATEDB"))
        connection.execute(
            sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(sql.Identifier(master_username))
        )
    create_database(connection, database, owner=master_username)


def create_database(connection: psycopg.Connection, name: str, *, owner: str) -> None:
    """Create an empty database as RDS does for a new instance: owned by the master."""
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
    )


def set_password(connection: psycopg.Connection, login: str, password: str) -> None:
    """Change a login's password through a verifier, so that no log ever holds it."""
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(verifier.decode()))
    )


def write_configuration(data: Path, conf: str, hba: str) -> None:
    """Replace postgresql.conf and pg_hba.conf, each in one step."""
    for name, text in (("postgresql.conf", conf), ("pg_hba.conf", hba)):
        draft = data / f"{name}.new"
        draft.write_text(text)
        draft.chmod(0o600)
        hand_over(draft)
        draft.replace(data / name)


def check_configuration(data: Path) -> None:
    """Let the server read its files without starting. Raises ParameterRefused naming each bad parameter."""
    try:
        _run("postgres", "-D", str(data), "-C", "data_directory", cwd=data.parent, environment={})
    except ServerError as error:
        found = re.findall(REFUSAL, str(error), re.MULTILINE)
        raise ParameterRefused("; ".join(dict.fromkeys(found)) or str(error)) from error


def check_extensions(connection: psycopg.Connection) -> None:
    """Check the parameters of loaded libraries, which a running server knows. Raises ParameterRefused."""
    rows = connection.execute(
        """SELECT f.name, f.setting FROM pg_file_settings f JOIN pg_settings s USING (name)
           WHERE f.error IS NOT NULL AND s.context <> 'postmaster'"""
    ).fetchall()
    if rows:
        found = "; ".join(f'invalid value for parameter "{name}": "{value}"' for name, value in rows)
        raise ParameterRefused(found)


def reload(connection: psycopg.Connection) -> list[str]:
    """Make the server read its files again; return the parameters that wait for a restart."""
    connection.execute("SELECT pg_reload_conf()")
    rows = connection.execute(
        """SELECT f.name FROM pg_file_settings f JOIN pg_settings s USING (name)
           WHERE s.context = 'postmaster' AND NOT f.applied"""
    ).fetchall()
    return sorted(name for (name,) in rows)


def drop_slot(connection: psycopg.Connection, slot: str) -> None:
    """Remove a replica's slot, so that the primary keeps no log for a replica that is gone."""
    connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (slot,)
    )


def _create_login(connection: psycopg.Connection, name: str, password: str, attributes: sql.SQL) -> None:
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(name), attributes))
    set_password(connection, name, password)


def _run(program: str, *arguments: str, cwd: Path, environment: dict[str, str]) -> None:
    programs = binaries.postgres()
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own program, no shell)
        [programs.path(program), *arguments], capture_output=True, text=True, check=False, cwd=cwd,
        env={**programs.environment_at(cwd), **environment}, **run_as(),
    )  # fmt: skip
    if done.returncode:
        raise ServerError(f"{program} failed: {done.stderr.strip()}")
