"""`datatier backup now`: has the tier's own task take a backup, and follows it to its end."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from lambdas.common.backup_layout import newest_first
from tools.backup.errors import NotSetUp
from tools.backup.places import home, task_place, vault
from tools.backup.tasks import start
from tools.cli.answers import answering
from tools.cli.backup.options import AsJson, EnvironmentName, RealAws, find
from tools.cli.backup.shown import following, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.common.backup_layout import BackupId


def now(
    *,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: AsJson = False,
) -> None:
    """Take a backup now, beside the nightly ones; one that is being taken already is followed.

    For example: datatier backup now --env prod
    """
    console = Console(stderr=True)
    again = f"datatier backup now --env {environment}{' --aws' if aws else ''}"
    with answering():
        settings, chosen = find(environment, aws=aws)
        there = vault(chosen, "source", database=settings.database.name)
        task = start(chosen, task_place(home(chosen, "backup"), "backup"))
        doing = "a backup is being taken already, by" if task.found else "started"
        typer.echo(f"{chosen.title}: {doing} task {task.id}", err=True)
        with following(console, "backup") as tell:
            seen = task.follow(tell, again=again)
        store = there.store()
        backups = store.backups()
        taken = _taken(backups, named=seen.backup, where=there.title)
        manifest = store.manifest(taken)
    if as_json:
        document = {
            "backup": manifest.backup,
            "bucket": there.bucket,
            "task": task.arn,
            "rows": manifest.rows,
            "tables": len(manifest.tables),
            "stored_bytes": manifest.stored_bytes,
            "snapshot_at": manifest.snapshot_at,
            "finished_at": manifest.finished_at,
            "source": manifest.source,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        typer.echo(
            f"{manifest.backup}: {manifest.rows:,} rows of {len(manifest.tables)} tables, "
            f"{size(manifest.stored_bytes)} stored, from {manifest.source}."
        )


def _taken(backups: Sequence[BackupId], *, named: str | None, where: str) -> BackupId:
    """Return the backup that the log names; where it names none, the newest. Raises NotSetUp."""
    if named:
        found = next((one for one in backups if str(one) == named), None)
    else:
        found = next(iter(newest_first(map(str, backups), now=datetime.now(UTC))), None)
    if found is None:
        what = f"says that it took {named}, which is not" if named else "ended well and there is no backup"
        raise NotSetUp(f"the task {what} in {where}: it writes elsewhere.")
    return found
