"""`datatier redis-cli`: open redis-cli as one of the tier's users, over TLS; no argument holds a password."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.answers import answering
from tools.cli.entering import EnvironmentName, RealAws, RedisUser, become, enter
from tools.servers import binaries

if TYPE_CHECKING:
    from tools.access.endpoints import Login

HANDSHAKE_SECONDS = 10.0


def redis_cli(
    arguments: Annotated[list[str] | None, typer.Argument(help="What redis-cli is given, after --.")] = None,
    *,
    user: RedisUser = "app",
    replica: Annotated[bool, typer.Option("--replica", help="Enter the reader endpoint.")] = False,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
) -> None:
    """Open redis-cli as one of the tier's users.

    For example: datatier redis-cli --as app -- GET session:1
    """
    found, cloud = enter(environment, aws=aws, read=lambda tier: tier.redis(user, reader=replica))
    with answering():
        programs = binaries.redis()
    _check_name(found, cloud.authority)
    where = ["-h", found.host, "-p", str(found.port), "--user", found.username, "--tls"]
    authority = ["--cacert", str(cloud.authority)] if cloud.authority else []
    variables = programs.environment_at(Path.home()) | {"REDISCLI_AUTH": found.password}
    become(programs.path("redis-cli"), [*where, *authority, *(arguments or [])], variables)


def _check_name(login: Login, authority: Path | None) -> None:
    """End the command unless the server's certificate names its host: redis-cli checks who signed it only."""
    trust = ssl.create_default_context(cafile=str(authority) if authority else None)
    try:
        with (
            socket.create_connection((login.host, login.port), timeout=HANDSHAKE_SECONDS) as plain,
            trust.wrap_socket(plain, server_hostname=login.host),
        ):
            return
    except OSError as error:
        typer.echo(f"{login.host}:{login.port} is not to be trusted or not to be reached: {error}", err=True)
        raise typer.Exit(1) from None
