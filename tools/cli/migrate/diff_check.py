"""`datatier migrate diff-check`: do schema.prisma and the migrations say the same?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from tools.cli.migrate.answer import attention, ending, show_document
from tools.cli.migrate.options import MIGRATIONS, AsJson, MigrationsFolder
from tools.migrate.database_url import parse_database_url
from tools.migrate.diff_check import disagreement
from tools.migrate.errors import Interrupted
from tools.migrate.session import given_history

_SCHEMA: Final = Path("prisma/schema.prisma")

SchemaFile = Annotated[Path, typer.Option("--schema", metavar="FILE", help="The Prisma schema.")]
# Not from DATABASE_URL: nobody expects a check to make a database where the application's is.
ServerUrl = Annotated[
    str,
    typer.Option(
        "--database-url",
        metavar="URL",
        show_default=False,
        help="A server for the scratch database, and a login with CREATEDB on it. Without it, a server is "
        "started on this machine and removed again.",
    ),
]


def diff_check(
    database_url: ServerUrl = "",
    schema: SchemaFile = _SCHEMA,
    migrations: MigrationsFolder = MIGRATIONS,
    *,
    as_json: AsJson = False,
) -> None:
    """Fail when the schema file and the migrations disagree, with the SQL that would make them agree.

    For example: datatier migrate diff-check
    """
    document: dict[str, object] = {"agree": None, "sql": None, "error": None}
    with ending(document, as_json=as_json):
        target = parse_database_url(database_url) if database_url else None
        history = given_history(migrations)
        try:
            missing = disagreement(schema, history, target=target)
        except KeyboardInterrupt:
            raise Interrupted(
                "Interrupted. The scratch database is gone, and nothing was compared."
            ) from None
    if as_json:
        show_document({**document, "agree": not missing, "sql": missing})
        if missing:
            raise typer.Exit(1)
        return
    if missing:
        sys.stdout.write(missing.strip() + "\n")
        attention(
            f"{schema} and {migrations} disagree: the SQL above, as one more migration, would bring the "
            "migrations to what the schema says. Add it, or correct the schema."
        )
    typer.echo(f"{schema} and {migrations} agree ({len(history)} migrations).")
