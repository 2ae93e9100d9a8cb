"""Pure text: the configuration files of a local PostgreSQL that behaves as RDS does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.servers.errors import ParameterRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADMIN = "rdsadmin"
REPLICATION = "rdsrepladmin"
FORCE_TLS = "rds.force_ssl"

# Parameters that exist on RDS only. The first decides pg_hba.conf; the others steer RDS's own agents.
RDS_ONLY = {
    FORCE_TLS,
    "rds.force_admin_logging_level",
    "rds.force_autovacuum_logging_level",
    "rds.log_retention_period",
    "rds.restrict_password_commands",
}

# What of the machine, not of the design, decides: set by the server itself and not by a parameter group.
LOCAL = {
    "unix_socket_directories": "",
    "fsync": "off",  # a rehearsal survives kill -9, not a power cut
    "max_connections": "200",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "hot_standby": "on",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%t:%r:%u@%d:[%p]:",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

# The extensions that RDS's master may create: those of RDS for PostgreSQL 15 which Debian packages too.
EXTENSIONS = (
    "amcheck", "auto_explain", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int",
    "dict_xsyn", "earthdistance", "fuzzystrmatch", "hstore", "intagg", "intarray", "isn", "lo", "ltree",
    "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm", "pg_stat_statements", "pg_trgm",
    "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks", "pgstattuple", "postgres_fdw", "refint",
    "seg", "sslinfo", "tablefunc", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp",
)  # fmt: skip


def server_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return what goes into postgresql.conf. Raises ParameterRefused for what RDS alone would resolve."""
    for name, value in parameters.items():
        if name.startswith("rds.") and name not in RDS_ONLY:
            raise ParameterRefused(f"parameter {name}: not one of RDS's that a local server can stand in for")
        if "{" in value:
            raise ParameterRefused(
                f"parameter {name} = {value}: formulas are resolved by RDS only; give a number"
            )
    return {name: value for name, value in parameters.items() if name not in RDS_ONLY}


def postgresql_conf(*, host: str, port: int, tls: tuple[Path, Path], parameters: Mapping[str, str]) -> str:
    """Return postgresql.conf: the machine's part, then the parameter group, then what RDS fixes."""
    certificate, key = tls
    fixed = {
        "listen_addresses": host,
        "port": str(port),
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
        "session_preload_libraries": "pgextwlist",
        "extwlist.extensions": ",".join(EXTENSIONS),
    }
    settings = LOCAL | server_parameters(parameters) | fixed
    lines = [f"{name} = {_quote(value)}" for name, value in settings.items()]
    return "\n".join(("# Written by tools/servers; edits are lost.", *lines, ""))


def pg_hba_conf(parameters: Mapping[str, str]) -> str:
    """Return pg_hba.conf: TLS and SCRAM; people with rds_iam need RDS's tokens, which nothing here issues."""
    tls = "hostssl" if parameters.get(FORCE_TLS, "1") == "1" else "host   "
    return "\n".join((
        f"hostssl  all          {ADMIN}        all  scram-sha-256",
        f"hostssl  replication  {REPLICATION}  all  scram-sha-256",
        "hostssl  all          +rds_iam        all  reject",
        f"{tls}  all          all             all  scram-sha-256",
        "",
    ))  # fmt: skip


def _quote(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
