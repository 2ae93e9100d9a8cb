"""Where a restore goes to: a URL by libpq's rules, or the tier's own primary as its master.

TLS is verified as everywhere; no message, no argument of a program and no file holds the password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lambdas.common.connections import open_session
from lambdas.common.errors import ConnectionFailed
from tools.access.endpoints import Endpoints
from tools.access.master import MASTER
from tools.backup.errors import WrongInput
from tools.migrate.database_url import parse_database_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tools.access.cloud import Cloud

TIER: Final = "tier"
_APPLICATION: Final = "datatier backup restore"
_NO_PASSWORD: Final = "no password supplied"  # noqa: S105  libpq's words, not a password


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A database to restore into: libpq's parameters, and how a person reads where it is."""

    title: str
    parameters: dict[str, str | int] = field(repr=False)


def from_url(text: str) -> Destination:
    """Read a URL. Raises WrongInput, DatabaseUrlInvalid; neither quotes what could be a password."""
    if not text.strip():
        raise WrongInput("--to names no database: postgresql://USER@HOST:PORT/DATABASE, or 'tier'.")
    if "," in text.partition("@")[2].partition("/")[0]:
        raise WrongInput("--to names several hosts; a restore goes to one server: name its primary.")
    target = parse_database_url(text)
    if target.pooled:
        raise WrongInput("--to leads through a pooler; a restore needs the server itself.")
    return Destination(title=target.where, parameters=target.parameters)


def from_tier(cloud: Cloud, database: str, *, authority: Callable[[str], Path]) -> Destination:
    """Return the primary as the master, in a database of it; `""` is the tier's own.

    `authority` keeps a CA, which is public, in a file. Raises AccessError, DatatierError.
    """
    login = Endpoints(cloud).postgres(MASTER)
    name = database or login.database
    return Destination(
        title=f"{login.username} at {login.host}:{login.port}/{name}, {cloud.title}",
        parameters={
            "host": login.host,
            "port": login.port,
            "dbname": name,
            "user": login.username,
            "password": login.password,
            "sslmode": "verify-full",
            "sslrootcert": str(authority(login.ca)),
        },
    )


def tier_database(text: str) -> str | None:
    """Read `tier` or `tier/DATABASE`: the database's name, `""` for the tier's own. None: it is a URL."""
    word, slash, database = text.partition("/")
    if word != TIER:
        return None
    if slash and not database:
        raise WrongInput("'tier/' names no database; 'tier' alone is the tier's own.")
    return database


def entered(destination: Destination, *, ask: Callable[[], str] | None) -> Destination:
    """Log in once, and return the destination with the password that was accepted.

    Without one in the URL libpq looks for PGPASSWORD and ~/.pgpass; where the server wants one and there is
    none, `ask` asks a person, if there is one.

    Raises:
        ConnectionFailed: nobody is reached, or the login is refused.
    """
    try:
        return _log_in(destination, {})
    except ConnectionFailed as error:
        if _NO_PASSWORD not in str(error):
            raise
        if ask is None:
            raise WrongInput(
                f"{destination.title} wants a password and nobody is there to be asked: set PGPASSWORD."
            ) from None
    return _log_in(destination, {"password": ask()})


def _log_in(destination: Destination, more: dict[str, str | int]) -> Destination:
    parameters = destination.parameters | more
    with open_session({"application_name": _APPLICATION, **parameters}, where=destination.title) as session:
        password = session.info.password
    known: dict[str, str | int] = {"password": password} if password else {}
    return Destination(title=destination.title, parameters=parameters | known)
