"""Reads a DATABASE_URL, as libpq and Prisma write them, into a target to connect to.

TLS is verify-full unless the server is on this machine and the URL says so; no message quotes a password.
The CA file is the URL's, else PGSSLROOTCERT's as with libpq, else RDS's bundle.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from psycopg.pq import Conninfo

from lambdas.common.authorities import RDS_CA_BUNDLE
from tools.migrate.errors import DatabaseUrlInvalid
from tools.migrate.target import Target, is_local, is_socket

_SCHEMES: Final = ("postgresql", "postgres")
_DEFAULT_PORT: Final = 5432
# Prisma's own, of which libpq knows nothing (Prisma's documentation, "PostgreSQL database connector").
_PRISMA_ONLY: Final = frozenset({
    "schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "sslaccept",
    "statement_cache_size", "single_use_connections", "max_connection_lifetime",
    "max_idle_connection_lifetime",
})  # fmt: skip
_BEFORE_THE_QUESTION_MARK: Final = frozenset({"user", "password", "dbname", "port"})
# They lead to another server than the one that messages name, or to another protocol.
_NOT_TAKEN: Final = frozenset(
    {"hostaddr", "service", "servicefile", "replication", "requiressl", "sslidentity"}
)
_READ_HERE: Final = frozenset({"host", "sslmode", "sslrootcert"})
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]+")
_ENCODE: Final = (
    "In a user or a password write @ as %40, / as %2F, ? as %3F, # as %23, : as %3A and % as %25."
)


def parse_database_url(text: str) -> Target:
    """Read `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETERS`.

    Raises:
        DatabaseUrlInvalid: names the part that is wrong, and quotes nothing that could be a password.
    """
    if not text.strip():
        raise DatabaseUrlInvalid("there is no database URL: set DATABASE_URL, or give --database-url.")
    parts = _split(text.strip())
    parameters = _parameters(parts.query)
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    host = parameters.get("host") or _decoded(_host(parts), "host")
    if not user:
        raise _invalid("names no user: postgresql://USER:PASSWORD@HOST:PORT/DATABASE is expected")
    if not host:
        raise _invalid("names no host: postgresql://USER:PASSWORD@HOST:PORT/DATABASE is expected")
    if "," in host:
        raise _invalid("names several hosts. Migrations run on one server: name the primary")
    return Target(
        host=host,
        port=_port(parts),
        database=_database(parts.path),
        user=_decoded(user, "user"),
        password=_decoded(password, "password") if colon else None,
        authority=_authority(host, parameters),
        options={name: value for name, value in parameters.items() if name not in _PRISMA_ONLY | _READ_HERE},
        pooled=parameters.get("pgbouncer") == "true",
    )


def _invalid(what: str) -> DatabaseUrlInvalid:
    return DatabaseUrlInvalid(f"the database URL {what}.")


def _split(text: str) -> SplitResult:
    scheme, mark, _ = text.partition("://")
    if not mark or scheme.lower() not in _SCHEMES:
        shown = f" with {scheme}://" if mark and _PLAIN_NAME.fullmatch(scheme) else ""
        raise _invalid(f"does not start with postgresql:// or postgres://{', but' + shown if shown else ''}")
    try:
        parts = urlsplit(text)
    except ValueError:
        # An unclosed bracket. urlsplit's own message quotes the text.
        raise _invalid(f"has brackets that enclose no IPv6 address. {_ENCODE}") from None
    if "#" in text:
        raise _invalid(f"has a # in it, where a URL ends. {_ENCODE}")
    if "/" in parts.path[1:] or "@" in parts.path or ("@" in text and "@" not in parts.netloc):
        raise _invalid(f"has a / or a ? before its host, or an @ behind it. {_ENCODE}")
    return parts


def _host(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def _port(parts: SplitResult) -> int:
    place = parts.netloc.rpartition("@")[2]
    text = place.rpartition("]")[2].partition(":")[2]
    if not text:
        return _DEFAULT_PORT
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):  # noqa: PLR2004  TCP's own limit
        raise _invalid(f"has a port that is not a number from 1 to 65535. {_ENCODE}")
    return int(text)


def _database(path: str) -> str:
    if not path[1:]:
        raise _invalid("names no database: write it behind the host, as in postgresql://…@HOST:PORT/DATABASE")
    return _decoded(path[1:], "database")


def _decoded(text: str, what: str) -> str:
    try:
        value = "" if _BROKEN_ESCAPE.search(text) else unquote(text, errors="strict")
    except UnicodeDecodeError:
        value = ""
    if (text and not value) or "\0" in value:
        raise _invalid(f"has a % in its {what} that begins no percent-encoded UTF-8. {_ENCODE}")
    return value


def _parameters(query: str) -> dict[str, str]:
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} | _PRISMA_ONLY
    parameters: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise _invalid("has something behind its question mark that is not NAME=VALUE")
        if name in _BEFORE_THE_QUESTION_MARK:
            raise _invalid(f"has its {name} behind the question mark; write it before")
        if name in _NOT_TAKEN or name not in known:
            shown = f"the parameter {name}" if _PLAIN_NAME.fullmatch(name) else "a parameter"
            raise _invalid(f"has {shown}, which is not taken here")
        parameters[name] = _decoded(value, f"parameter {name}")
    if parameters.get("schema", "public") != "public":
        raise _invalid("asks for another schema than public, where this tier keeps its tables")
    if parameters.get("sslcert") and not parameters.get("sslkey"):
        # To Prisma `sslcert` is the server's CA; to libpq a client's certificate, which needs its key.
        parameters.setdefault("sslrootcert", parameters["sslcert"])
        del parameters["sslcert"]
    return parameters


def _authority(host: str, parameters: dict[str, str]) -> str | None:
    mode = parameters.get("sslmode", "disable" if is_socket(host) else "verify-full")
    if mode == "disable" and is_local(host):
        return None
    if mode != "verify-full":
        local = ", or sslmode=disable, because the server is on this machine" if is_local(host) else ""
        raise _invalid(
            "asks for an sslmode that does not verify whom it speaks to. Write sslmode=verify-full, or "
            f"leave it out, which means the same{local}"
        )
    asked = parameters.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    authority = asked or str(RDS_CA_BUNDLE)
    if authority != "system" and not Path(authority).is_file():
        raise _invalid(f"needs the CA file {authority} (sslrootcert, or PGSSLROOTCERT), which does not exist")
    return authority
