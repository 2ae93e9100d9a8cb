"""What `psql` and `redis-cli` share: find the tier, say which one it is, become the client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from stacks.naming import LOGINS, REDIS_USERS
from stacks.settings import load_environment
from tools.access import cloud
from tools.access.endpoints import Endpoints
from tools.cli.answers import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.access.cloud import Cloud
    from tools.access.endpoints import Login

EnvironmentName = Annotated[str, typer.Option("--env", help="A file of environments/, without .toml.")]
RealAws = Annotated[
    bool, typer.Option("--aws", help="Enter the environment in AWS, not the one on this machine.")
]


def one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Return a check of an option: one of `names`, or a usage error that lists them."""

    def check(value: str) -> str:
        if value not in names:
            raise typer.BadParameter(f"'{value}' is not one of {', '.join(names)}")
        return value

    return check


PostgresLogin = Annotated[
    str, typer.Option("--as", callback=one_of([*LOGINS, "master"]), help=f"{', '.join(LOGINS)} or master.")
]
RedisUser = Annotated[
    str, typer.Option("--as", callback=one_of(REDIS_USERS), help=f"{' or '.join(REDIS_USERS)}.")
]


def enter(environment: str, *, aws: bool, read: Callable[[Endpoints], Login]) -> tuple[Login, Cloud]:
    """Return what `read` finds in the tier, or end the command with one message."""
    with answering():
        region = load_environment(environment).region
        chosen = cloud.find(environment, region=region, aws=aws)
        login = read(Endpoints(chosen))
    typer.echo(f"{login.username}@{login.host}: {chosen.title}", err=True)
    return login, chosen


def become(program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace this process, so that keys, signals and the exit code are the client's own."""
    os.execvpe(program, [program, *arguments], dict(environment))  # noqa: S606  (no shell on purpose)
