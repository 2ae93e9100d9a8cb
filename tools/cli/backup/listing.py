"""`datatier backup list`: the complete backups of one copy, and whether the other has them whole."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape

from stacks.naming import Names
from tools.backup.inventory import inventory
from tools.backup.places import vault
from tools.cli.answers import answering
from tools.cli.backup.options import AsJson, EnvironmentName, FromCopy, RealAws, find
from tools.cli.backup.shown import size, span
from tools.rehearsal.report import plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from tools.backup.inventory import Held, Inventory
    from tools.backup.places import Copy

_OTHER: Final[dict[Copy, Copy]] = {"source": "replica", "replica": "source"}


def list_backups(
    *,
    copy: FromCopy = "source",
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: AsJson = False,
) -> None:
    """Show every complete backup, the newest first.

    For example: datatier backup list --env prod
    """
    with answering():
        settings, chosen = find(environment, aws=aws)
        database = settings.database.name
        here = vault(chosen, copy, database=database)
        with Console(stderr=True).status(f"reading {here.title}"):
            found = inventory(here, lambda: vault(chosen, _OTHER[copy], database=database))
    now = datetime.now(tz=UTC)
    if as_json:
        document = {
            "bucket": here.bucket,
            "copy": copy,
            "region": here.cloud.region,
            "incomplete": found.incomplete,
            "other_copy_problem": found.other_problem,
            "backups": [one.document(now) for one in found.held],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    console = Console()
    console.print(
        f"[bold]{escape(here.title)}[/], database {escape(database)}", highlight=False, soft_wrap=True
    )
    if found.held:
        prefix = f"{Names(environment).prefix}-"
        console.print(_table(found, now, other=_OTHER[copy], prefix=prefix))
    for line in _remarks(found, other=_OTHER[copy]):
        console.print(line, highlight=False, soft_wrap=True)


def _table(found: Inventory, now: datetime, *, other: Copy, prefix: str) -> Table:
    """Two lines a backup, so that 80 columns are enough and a name is never cut in two."""
    table = plain_table("Backups", "backup", "taken (UTC)", "rows", "stored", other)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for one in found.held:
        table.add_row(*_row(one, now, prefix))
    return table


def _row(one: Held, now: datetime, prefix: str) -> list[str]:
    age = span((now - one.taken_at).total_seconds())
    taken = f"{one.taken_at:%d %b %H:%M}\n[dim]{age} ago[/]"
    if one.manifest is None:
        return [f"{one.name}\n[red]not to be used[/]", taken, "", "", _other(one)]
    major, minor = divmod(one.manifest.server_version, 10_000)
    first = one.manifest.source.partition(".")[0]
    source = one.manifest.source if first.isdecimal() else first.removeprefix(prefix)
    return [
        f"{one.name}\n[dim]{escape(source)}, {major}.{minor}[/]",
        taken,
        f"{one.manifest.rows:,}",
        size(one.manifest.stored_bytes),
        _other(one),
    ]


def _other(one: Held) -> str:
    if one.lacking is None:
        return "?"
    return "yes" if one.lacking == 0 else f"[yellow]{one.lacking} missing[/]"


def _remarks(found: Inventory, *, other: Copy) -> list[str]:
    remarks: list[str] = []
    if not found.held:
        remarks.append("There is no complete backup yet: `datatier backup now` takes one.")
    if found.incomplete:
        kind = "One backup is" if found.incomplete == 1 else f"{found.incomplete} backups are"
        remarks.append(f"{kind} incomplete and not shown: still being taken, or its task failed.")
    if found.other_problem:
        remarks.append(f"[yellow]The {other} was not looked at: {escape(found.other_problem)}[/]")
    remarks += [f"[red]{escape(one.problem)}[/]" for one in found.held if one.problem]
    return remarks
