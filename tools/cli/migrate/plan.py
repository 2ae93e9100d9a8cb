"""`datatier migrate plan`: what each pending statement would lock and read, and how big that is now.

It changes nothing: its session is read-only. Exit code 0 whenever the plan could be made, 1 when history and
database contradict each other, 2 for misuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console

from tools.cli.migrate.answer import ending, show_document
from tools.cli.migrate.options import MIGRATIONS, Allow, AsJson, DatabaseUrl, MigrationsFolder, policy
from tools.migrate.database_url import parse_database_url
from tools.migrate.pending import Pending, pending
from tools.migrate.plan_report import document, lines, sentences
from tools.migrate.session import Sessions, check_direct, explaining, given_history

if TYPE_CHECKING:
    from tools.migrate.target import Target

_NOTHING: Final = document(Pending(migrations=(), statements=()))


def plan(
    database_url: DatabaseUrl = "",
    migrations: MigrationsFolder = MIGRATIONS,
    *,
    as_json: AsJson = False,
    allow: Allow = None,
) -> None:
    """Show what each pending statement locks, whether it scans or rewrites, and how big that table is now."""
    with ending({**_NOTHING, "error": None}, as_json=as_json):
        target = parse_database_url(database_url)
        check_direct(target)  # behind a pooler its settings would stay with sessions of others
        history = given_history(migrations)
        with explaining(target), Sessions(target).reading() as connection:
            found = pending(connection, history, policy(allow))
    if as_json:
        show_document({**document(found), "error": None})
    else:
        _show(found, target)


def _show(found: Pending, target: Target) -> None:
    console = Console(highlight=False, markup=False)
    console.print(target.where, soft_wrap=True)
    for line in lines(found, console.width):
        console.print(line, soft_wrap=True)
    if found.statements:
        console.print()
    for sentence in sentences(found):
        console.print(sentence)
