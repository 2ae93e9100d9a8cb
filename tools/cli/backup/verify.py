"""`datatier backup verify`: reads a whole backup and says whether its bytes are those that were written.

Exit code 1 when one object is not. What a restore makes of the bytes is for `datatier drill` to prove.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from tools.backup.choice import NEWEST, Choice
from tools.backup.places import vault
from tools.backup.resolving import resolve
from tools.backup.verifying import verify as verify_objects
from tools.cli.answers import answering
from tools.cli.backup.options import AsJson, EnvironmentName, FromCopy, RealAws, Streams, find
from tools.cli.backup.shown import bar, size, span


def verify(
    backup: Annotated[str, typer.Argument(help="A backup's name, a moment in UTC, or newest.")] = NEWEST,
    *,
    copy: FromCopy = "source",
    streams: Streams = 4,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: AsJson = False,
) -> None:
    """Read every object of a backup and check its digest.

    For example: datatier backup verify newest --copy replica
    """
    began = time.monotonic()
    with answering():
        choice = Choice.parse(backup)
        settings, chosen = find(environment, aws=aws)
        here = vault(chosen, copy, database=settings.database.name)
        store = here.store()
        name, manifest = resolve(store, choice, where=here.title)
        total = manifest.stored_bytes
        with bar(Console(stderr=True)) as shown:
            task = shown.add_task(f"verifying {name}", total=total, detail=size(total))
            problems = verify_objects(
                store, name, manifest, streams=streams, tell=lambda count: shown.advance(task, count)
            )
    if as_json:
        document = {
            "backup": str(name),
            "bucket": here.bucket,
            "objects": len(manifest.objects),
            "stored_bytes": total,
            "problems": problems,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif not problems:
        took = span(time.monotonic() - began)
        typer.echo(f"{name}: {len(manifest.objects)} objects, {size(total)}, all as written ({took}).")
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
