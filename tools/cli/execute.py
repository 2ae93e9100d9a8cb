"""`datatier exec`: run a program with one login's DATABASE_URL and PG* variables, copied by nobody."""

from __future__ import annotations

import os
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from tools.cli.entering import EnvironmentName, PostgresLogin, RealAws, become, enter
from tools.cli.psql import connection_variables


def execute(
    arguments: Annotated[list[str], typer.Argument(help="The program and its arguments, after --.")],
    *,
    login: PostgresLogin = "readonly",
    replica: Annotated[bool, typer.Option("--replica", help="Point it to the first read replica.")] = False,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
) -> None:
    """Run a program as one of the tier's logins.

    For example: datatier exec --env dev --as app -- pnpm prisma db seed
    """
    found, _ = enter(environment, aws=aws, read=lambda tier: tier.postgres(login, replica=replica))
    variables = connection_variables(found)
    trust = urlencode({"sslmode": variables["PGSSLMODE"], "sslrootcert": variables["PGSSLROOTCERT"]})
    credentials = f"{quote(found.username, safe='')}:{quote(found.password, safe='')}"
    url = f"postgresql://{credentials}@{found.host}:{found.port}/{quote(found.database, safe='')}?{trust}"
    shell = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    try:
        become(arguments[0], arguments[1:], shell | variables | {"DATABASE_URL": url})
    except OSError as error:
        typer.echo(f"{arguments[0]}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
