"""pgbouncer.ini, whole, from the task's environment. Pure: it neither reads nor writes a file.

Source: PgBouncer's documentation, "Config". Its file knows no escape: a name of a database is letters, digits
and `_.-`, whatever the documentation says of quotes (seen on 1.18.0, 1.24.1 and 1.26.1), and a value goes on
to the end of its line.
"""

import re
from collections.abc import Mapping
from typing import Final

from containers.pgbouncer import settings
from containers.pgbouncer.environment import MONITOR, Environment
from containers.pgbouncer.errors import ConfigurationInvalid
from containers.pgbouncer.files import CERTIFICATE, KEY, LOGINS
from containers.pgbouncer.version import Version
from lambdas.common.alternation import other_name

_DATABASE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_NAME_BYTES: Final = 63
"""PgBouncer refuses a longer name of a database ("too long db name")."""
_RESERVED: Final = "pgbouncer"
"""The console."""
_SOCKET_PATH_BYTES: Final = 107
"""Linux' limit, unix(7): sun_path."""

_DNS_SECONDS: Final = 5
"""How long an address is believed. An RDS endpoint's own record lives 5 s, so a failover is seen as soon."""

SEVERAL_HOSTS: Final = Version(1, 25)
"""Before it, more than one host an entry does not work with verify-full (NEWS of 1.25.0, #1303)."""
EMPTY_OPTION_SPINS: Final = (Version(1, 20), Version(1, 26, 1))
"""Releases from the first on, before the second, can be stopped by anybody who sends an empty option, unless
nothing is ignored (CVE-2026-107349; seen on Debian's 1.24.1, where ignoring `options` too does not help)."""


def render(environment: Environment, *, version: Version, replicas: tuple[str, ...]) -> str:
    """The file's text for a release; `replicas` are the hosts of those replicas that are healthy now.

    `<database>_read` leads to all of them, and to the primary while there are none, whether none is declared
    or none is healthy: a read answered by the primary is as right as one by a replica, and its connections
    are bounded by the replicas' pool, so the primary's own clients keep theirs. To refuse reads would make an
    outage of a replica one of the application.

    Raises:
        ConfigurationInvalid: a name, host or setting that PgBouncer would refuse or misread.
    """
    sizes = environment.pool_sizes
    databases = {
        environment.database: _entry(environment, (environment.primary_host,), size=sizes.primary),
        environment.read_database: _entry(
            environment, reading_hosts(environment, version=version, replicas=replicas), size=sizes.replicas
        ),
    }
    for name in databases:
        _check_database(name)
    ours = _ours(environment, version)
    passed_on = settings.known(environment.settings, version)
    return "\n".join(
        ["[databases]", *_lines(databases), "", "[pgbouncer]", *_lines(ours), *_lines(passed_on), ""]
    )


def reading_hosts(
    environment: Environment, *, version: Version, replicas: tuple[str, ...]
) -> tuple[str, ...]:
    """Where reads go: all healthy replicas (the first where a release takes one host), or the primary."""
    hosts = replicas or (environment.primary_host,)
    return hosts if version >= SEVERAL_HOSTS else hosts[:1]


def _ours(environment: Environment, version: Version) -> Mapping[str, str]:
    directory = environment.runtime_directory
    _check_socket(environment)
    return {
        "listen_addr": environment.listen_address,
        "listen_port": str(environment.listen_port),
        # The console is for whoever is this very account on this very machine: nobody administers over TCP.
        "unix_socket_dir": str(directory),
        "unix_socket_mode": "0700",
        "admin_users": "",
        "stats_users": f"{MONITOR},{other_name(MONITOR)}",
        "auth_type": "scram-sha-256",
        "auth_file": str(directory / LOGINS),
        "client_tls_sslmode": "require",
        # No client shows a certificate, yet PgBouncer does not start without this: it would look for the
        # system's authorities, which the image has none of. Were our authority in it, OpenSSL would verify
        # our own certificate, and send the authority's along, each time that a client connects
        # (SSL_CTX_set_mode(3), SSL_MODE_NO_AUTO_CHAIN).
        "client_tls_ca_file": str(directory / CERTIFICATE),
        "client_tls_cert_file": str(directory / CERTIFICATE),
        "client_tls_key_file": str(directory / KEY),
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": str(environment.ca_bundle),
        "dns_max_ttl": str(_DNS_SECONDS),
        "dns_nxdomain_ttl": str(_DNS_SECONDS),
        "ignore_startup_parameters": _ignored(version),
        # A load balancer opens and closes a connection every few seconds and the metrics tell the rest: only
        # what went wrong is worth a line.
        "log_connections": "0",
        "log_disconnections": "0",
        "log_stats": "0",
        "log_pooler_errors": "1",
    }


def _ignored(version: Version) -> str:
    """What clients may send and nobody heeds: JDBC always sends extra_float_digits.

    `options` is not among it: a client whose `-c search_path=…` is dropped without a word reads the wrong
    tables. Where ignoring anything is dangerous, such drivers are refused.
    """
    first, fixed = EMPTY_OPTION_SPINS
    return "" if first <= version < fixed else "extra_float_digits"


def _entry(environment: Environment, hosts: tuple[str, ...], *, size: int) -> str:
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ConfigurationInvalid(
                f"{host!r} in PRIMARY_HOST or REPLICA_HOSTS is no name or address of a server."
            )
    values = {
        "host": ",".join(hosts),
        "port": str(environment.postgres_port),
        "dbname": environment.database,
        "pool_size": str(size),
        # Pools are kept a user, and a rotation doubles the users: this bounds all of them together.
        "max_db_connections": str(size),
    }
    return " ".join(f"{name}='{value}'" for name, value in values.items())


def _check_database(name: str) -> None:
    if not _DATABASE.fullmatch(name) or name == _RESERVED or len(name.encode()) > _NAME_BYTES:
        raise ConfigurationInvalid(
            f"a database named {name!r} cannot be pooled: PgBouncer's file takes 1 to {_NAME_BYTES} letters, "
            f"digits, underscores, dots or hyphens, and {_RESERVED} is its console. DATABASE is used as it "
            "is and with _read behind."
        )


def _check_socket(environment: Environment) -> None:
    socket = environment.runtime_directory / f".s.PGSQL.{environment.listen_port}"
    if len(str(socket).encode()) > _SOCKET_PATH_BYTES:
        raise ConfigurationInvalid(
            f"RUNTIME_DIRECTORY is too long: the console's socket {socket} may have "
            f"{_SOCKET_PATH_BYTES} bytes."
        )
    for name, path in (
        ("RUNTIME_DIRECTORY", environment.runtime_directory),
        ("CA_BUNDLE", environment.ca_bundle),
    ):
        if not path.is_absolute() or not str(path).isprintable():
            raise ConfigurationInvalid(f"{name} is {str(path)!r}; an absolute path on one line is expected.")
    if not _LISTEN.fullmatch(environment.listen_address):
        raise ConfigurationInvalid(
            f"LISTEN_ADDRESS is {environment.listen_address!r}; expected an address, or * for all."
        )


_LISTEN: Final = re.compile(r"\*|[0-9A-Za-z.:-]+")


def _lines(values: Mapping[str, str]) -> list[str]:
    return [f"{name} = {value}".rstrip() for name, value in values.items()]
