"""`datatier migrate status`: every migration, its state, and what to do next. It never writes.

Exit code 1 when something is pending, failed or would be refused, as `prisma migrate status` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer
from rich.console import Console
from rich.text import Text

from tools.cli.migrate.answer import attention, ending, show_document
from tools.cli.migrate.options import MIGRATIONS, Allow, AsJson, DatabaseUrl, MigrationsFolder, policy
from tools.migrate.database_url import parse_database_url
from tools.migrate.overview import Entry, Overview, look
from tools.migrate.session import Sessions, check_direct, explaining, given_history
from tools.rehearsal.report import plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from tools.migrate.overview import State

COLOURS: Final[dict[State, str]] = {
    "applied": "green",
    "failed": "red",
    "edited": "red",
    "missing here": "yellow",
    "interrupted": "yellow",
    "building": "cyan",
}


def status(
    database_url: DatabaseUrl = "",
    migrations: MigrationsFolder = MIGRATIONS,
    *,
    as_json: AsJson = False,
    allow: Allow = None,
) -> None:
    """Show which migrations are applied, pending, failed, edited or missing, and what to do next."""
    with ending({"migrations": [], "settled": False, "next": None, "error": None}, as_json=as_json):
        target = parse_database_url(database_url)
        check_direct(target)
        history = given_history(migrations)
        with explaining(target), Sessions(target).reading() as connection:
            found = look(connection, history=history, policy=policy(allow), command="datatier migrate")
    if as_json:
        show_document(document(found))
    else:
        console = Console()
        console.print(f"{target.where} and {migrations}", soft_wrap=True, highlight=False, markup=False)
        if found.entries:
            console.print(_table(found))
        if found.settled:
            console.print(found.next_step, soft_wrap=True, highlight=False, markup=False)
    if not found.settled:
        if not as_json:
            attention(found.next_step)
        raise typer.Exit(1)


def document(found: Overview) -> dict[str, object]:
    """What is printed for programs."""
    return {
        "migrations": [_entry(entry) for entry in found.entries],
        "settled": found.settled,
        "next": found.next_step,
        "error": None,
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "state": entry.state,
        "at": entry.at.isoformat() if entry.at else None,
        "steps": entry.steps,
        "seconds": entry.seconds,
        "remark": entry.remark,
    }


def _table(found: Overview) -> Table:
    table = plain_table("Migrations", "migration", "state", "applied", "steps", "took")
    for entry in found.entries:
        at = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}" if entry.at and entry.seconds is not None else ""
        took = "" if entry.seconds is None else f"{entry.seconds:.2f} s"
        state = Text(entry.state, style=COLOURS.get(entry.state, ""))
        table.add_row(Text(entry.name), state, at, entry.steps, took)
        if entry.remark:
            table.add_row(Text(f"  {entry.remark}", style="dim"))
    return table
