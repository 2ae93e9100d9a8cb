"""`datatier backup restore`: fills an empty database with a backup, then compares it with the manifest.

Exit code 1 when it fails, or when what was restored is not what was backed up.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from containers.backup.restore.progress import CHECKING
from tools.backup.choice import NEWEST, Choice
from tools.backup.destination import Destination, entered, from_tier, from_url, tier_database
from tools.backup.errors import Interrupted
from tools.backup.outcome import same, stopped
from tools.backup.places import vault
from tools.backup.resolving import resolve
from tools.backup.table_names import chosen_tables
from tools.cli.answers import answering
from tools.cli.backup.options import AsJson, EnvironmentName, FromCopy, RealAws, Streams, find
from tools.cli.backup.shown import following, size, span
from tools.cli.psql import authority_file
from tools.servers import binaries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.access.cloud import Cloud
    from tools.backup.progress import Seen


def restore(
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="postgresql://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD or asked for; "
            "'tier' for the tier's own database as its master, 'tier/DATABASE' for another one there.",
        ),
    ],
    at: Annotated[
        str, typer.Option("--at", help="A backup's name, a moment in UTC that it is not after, or newest.")
    ] = NEWEST,
    tables: Annotated[
        str | None, typer.Option("--tables", metavar="S.T,S.T", help="Only these, as schema.table.")
    ] = None,
    into_non_empty: Annotated[
        bool, typer.Option("--into-non-empty", help="Also into a database that holds something already.")
    ] = False,
    copy: FromCopy = "source",
    streams: Streams = 4,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty database, and compare every table with it.

    For example: datatier backup restore --to tier --at newest
    """
    from tools.backup.restoring import restore_and_compare  # noqa: PLC0415  no other command needs it

    console = Console(stderr=True)
    began = time.monotonic()
    with answering():
        choice, programs = Choice.parse(at), binaries.postgres()
        # What was typed is judged before anything is asked.
        database = tier_database(to)
        given = from_url(to) if database is None else None
        settings, chosen = find(environment, aws=aws)
        here = vault(chosen, copy, database=settings.database.name)
        store = here.store()
        name, manifest = resolve(store, choice, where=here.title)
        wanted = chosen_tables(tables, manifest)
        destination = entered(given or _own(chosen, database or ""), ask=_asking())
        typer.echo(f"{name} of {here.title} → {destination.title}", err=True)
        step = CHECKING
        try:
            with following(console, "restore") as show:

                def tell(seen: Seen) -> None:
                    nonlocal step
                    step = seen.message
                    show(seen)

                done = restore_and_compare(
                    store, name, manifest, destination,
                    programs=programs, tables=wanted, streams=streams,
                    allow_non_empty=into_non_empty, tell=tell,
                )  # fmt: skip
        except KeyboardInterrupt:
            raise Interrupted(
                stopped(
                    step,
                    backup=str(name),
                    title=destination.title,
                    tables=wanted,
                    into_non_empty=into_non_empty,
                )
            ) from None
    seconds = time.monotonic() - began
    if as_json:
        document = {
            "backup": str(name),
            "to": destination.title,
            "tables": done.tables,
            "rows": done.rows,
            "database_bytes": done.restored_bytes,
            "left_out": list(done.left_out),
            "seconds": round(seconds, 2),
            "differences": list(done.differences),
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif not done.differences:
        what = f"{done.rows:,} rows of {done.tables} tables, the database has {size(done.restored_bytes)} now"
        compared = same(tables=wanted, into_non_empty=into_non_empty)
        typer.echo(f"{what}: restored in {span(seconds)}, {compared}.")
    for one in done.left_out:
        typer.echo(f"left out, for it is no part of these tables: {one}", err=True)
    for difference in done.differences:
        typer.echo(f"differs: {difference}", err=True)
    if done.differences:
        raise typer.Exit(1)


def _own(chosen: Cloud, database: str) -> Destination:
    return from_tier(chosen, database, authority=authority_file)


def _asking() -> Callable[[], str] | None:
    """Return what asks a person for a password, unseen; None where nobody is there."""
    if not sys.stdin.isatty():
        return None
    return lambda: typer.prompt("Password", hide_input=True, err=True)
