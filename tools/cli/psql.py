"""`datatier psql`: open psql as one of the tier's logins, verify-full, with the password in no argument."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.entering import EnvironmentName, RealAws, become, enter
from tools.servers import binaries
from tools.servers.errors import BinaryMissing
from tools.state import state_directory

if TYPE_CHECKING:
    from tools.access.endpoints import Login


def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="What psql is given, after --.")] = None,
    *,
    login: Annotated[
        str, typer.Option("--as", help="readonly, app, migrator, monitor, backup or master.")
    ] = "readonly",
    replica: Annotated[bool, typer.Option("--replica", help="Enter the first read replica.")] = False,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
) -> None:
    """Open psql as one of the tier's logins.

    For example: datatier psql --as app --replica -- -c 'SELECT 1'
    """
    found, _ = enter(environment, aws=aws, read=lambda tier: tier.postgres(login, replica=replica))
    try:
        programs = binaries.postgres()
    except BinaryMissing as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    variables = programs.environment_at(Path.home()) | connection_variables(found, environment)
    become(programs.path("psql"), arguments or [], variables)


def connection_variables(login: Login, environment: str) -> dict[str, str]:
    """Return libpq's variables for a login; the CA, which is public, is kept in the state folder."""
    authority = state_directory() / f"{environment}-postgres-ca.pem"
    authority.parent.mkdir(parents=True, exist_ok=True)
    authority.write_text(login.ca)
    return {
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGDATABASE": login.database,
        "PGUSER": login.username,
        "PGPASSWORD": login.password,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authority),
        "PGAPPNAME": "datatier psql",
    }
