"""`datatier migrate resolve`: say what became of a failed migration, or that one is applied already.

It changes records alone: no script is run, and nothing is undone.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lambdas.bootstrap.migrations.resolve import mark_applied, mark_rolled_back
from tools.cli.migrate.answer import ending, show_document
from tools.cli.migrate.options import MIGRATIONS, AsJson, DatabaseUrl, MigrationsFolder
from tools.migrate.database_url import parse_database_url
from tools.migrate.errors import Misused
from tools.migrate.session import Sessions, check_direct, explaining, given_history, owner_for

Applied = Annotated[
    str, typer.Option("--applied", metavar="NAME", show_default=False, help="It is in the database: go on.")
]
RolledBack = Annotated[
    str,
    typer.Option(
        "--rolled-back", metavar="NAME", show_default=False, help="It was undone by hand: run it again."
    ),
]


def resolve(
    database_url: DatabaseUrl = "",
    migrations: MigrationsFolder = MIGRATIONS,
    *,
    applied: Applied = "",
    rolled_back: RolledBack = "",
    as_json: AsJson = False,
) -> None:
    """Record a migration as applied, or a failed one as rolled back, as `prisma migrate resolve` does.

    For example: datatier migrate resolve --rolled-back 20261101090100_catalogue
    """
    name = applied or rolled_back
    state = "applied" if applied else "rolled back"
    with ending({"name": name, "state": None, "error": None}, as_json=as_json):
        if bool(applied) == bool(rolled_back):
            raise Misused("say what became of one migration: --applied NAME, or --rolled-back NAME.")
        target = parse_database_url(database_url)
        check_direct(target)
        with explaining(target):
            if applied:
                history = given_history(migrations)
                with Sessions(target).open() as connection:
                    owner = owner_for(connection, needed=True)
                    mark_applied(connection, history=history, name=name, owner=owner)
            else:
                with Sessions(target).open() as connection:
                    mark_rolled_back(connection, name=name, owner=owner_for(connection, needed=True))
    if as_json:
        show_document({"name": name, "state": state, "error": None})
    else:
        after = "goes on behind it" if applied else "runs it again"
        typer.echo(f"{name} is recorded as {state} in {target.where}: `datatier migrate apply` {after}.")
