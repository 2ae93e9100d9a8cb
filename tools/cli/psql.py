"""`datatier psql`: open psql as one of the tier's logins, verify-full, with the password in no argument."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.answers import answering
from tools.cli.entering import EnvironmentName, PostgresLogin, RealAws, become, enter
from tools.servers import binaries
from tools.state import state_directory

if TYPE_CHECKING:
    from tools.access.endpoints import Login


def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="What psql is given, after --.")] = None,
    *,
    login: PostgresLogin = "readonly",
    replica: Annotated[bool, typer.Option("--replica", help="Enter the first read replica.")] = False,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
) -> None:
    """Open psql as one of the tier's logins.

    For example: datatier psql --as app --replica -- -c 'SELECT 1'
    """
    found, _ = enter(environment, aws=aws, read=lambda tier: tier.postgres(login, replica=replica))
    with answering():
        programs = binaries.postgres()
    variables = programs.environment_at(Path.home()) | connection_variables(found)
    become(programs.path("psql"), arguments or [], variables)


def connection_variables(login: Login) -> dict[str, str]:
    """Return libpq's variables for a login; the CA, which is public, is kept in the state folder."""
    return {
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGDATABASE": login.database,
        "PGUSER": login.username,
        "PGPASSWORD": login.password,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authority_file(login.ca)),
        "PGAPPNAME": "datatier",
    }


def authority_file(certificate: str) -> Path:
    """Return a file of this certificate; named by its content, so that no other tier's takes its place."""
    digest = hashlib.sha256(certificate.encode()).hexdigest()[:16]
    path = state_directory() / "authorities" / f"{digest}.pem"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(certificate)
    draft.replace(path)
    return path
