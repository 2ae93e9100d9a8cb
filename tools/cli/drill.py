"""`datatier drill`: restores the newest replicated backup in a scratch server and compares it.

Exit code 1 when the drill failed; 2 for misuse. It changes nothing of the tier.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from tools.backup.drill_here import drill_here
from tools.backup.drill_reports import newest_report
from tools.backup.errors import TaskFailed
from tools.backup.places import home, task_place, vault
from tools.backup.tasks import start
from tools.cli.answers import answering
from tools.cli.backup.options import AsJson, EnvironmentName, RealAws, find
from tools.cli.backup.shown import following, size, span
from tools.rehearsal.report import plain_table

if TYPE_CHECKING:
    from stacks.settings import Environment
    from tools.access.cloud import Cloud
    from tools.backup.drill_reports import DrillReport

_CLOCKS_DIFFER: Final = timedelta(minutes=2)
_STREAMS: Final = 4
"""Of a drill on this machine; the task has a setting for it."""


def drill(
    *,
    here: Annotated[
        bool,
        typer.Option(
            "--here", help="On this machine, with its PostgreSQL 15 and this checkout's migrations."
        ),
    ] = False,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: AsJson = False,
) -> None:
    """Restore the newest replicated backup and compare it, in the recovery region or here.

    For example: datatier drill --env prod
    """
    with answering():
        settings, chosen = find(environment, aws=aws)
        if here:
            report = _here(chosen, settings)
        else:
            report = _in_the_region(chosen, settings, again=_again(environment, aws=aws))
    if as_json:
        sys.stdout.write(json.dumps(report.document, indent=2) + "\n")
    else:
        _show(report, Console())
    if not report.succeeded:
        raise typer.Exit(1)


def _in_the_region(chosen: Cloud, settings: Environment, *, again: str) -> DrillReport:
    there = home(chosen, "drill")
    replica = vault(chosen, "replica", database=settings.database.name)
    task = start(there, task_place(there, "drill"))
    doing = "a drill runs already, by" if task.found else "started"
    typer.echo(f"{there.title}: {doing} task {task.id}", err=True)
    created = task.created_at
    since = created - _CLOCKS_DIFFER if created else None
    try:
        with following(Console(stderr=True), "drill") as tell:
            task.follow(tell, again=again)
    except TaskFailed as failure:
        # A drill that fails says in its report what it found; without one the task's own words stand.
        try:
            report = newest_report(replica, since=since)
        except Exception:  # noqa: BLE001  whatever ails the report, the task's failure is what is told
            raise failure from None
        if report.succeeded:
            raise
        return report
    return newest_report(replica, since=since)


def _here(chosen: Cloud, settings: Environment) -> DrillReport:
    replica = vault(chosen, "replica", database=settings.database.name)
    typer.echo(f"a drill on this machine, of {replica.title}", err=True)
    with following(Console(stderr=True), "drill") as tell:
        return drill_here(replica, streams=_STREAMS, tell=tell)


def _again(environment: str, *, aws: bool) -> str:
    return f"datatier drill --env {environment}{' --aws' if aws else ''}"


def _show(report: DrillReport, console: Console) -> None:
    table = plain_table("Drill", "what", "found")
    result = "[green]the same as what was backed up[/]" if report.succeeded else "[red]failed[/]"
    table.add_row("result", result)
    table.add_row("backup", escape(report.text("backup") or "none"))
    rpo, rto, rows = report.number("rpo_seconds"), report.number("rto_seconds"), report.number("rows")
    if rpo is not None:
        table.add_row("RPO", f"{span(rpo)}: how old the backup was, what would be lost")
    if rto is not None:
        table.add_row("RTO", f"{span(rto)}: until it was restored and compared")
    if rows is not None:
        restored = report.number("restored_bytes")
        table.add_row("restored", f"{rows:,.0f} rows" + (f", {size(restored)}" if restored else ""))
    console.print(table)
    if report.migrations:
        _show_migrations(report, console)
    for line in report.lines("remarks"):
        console.print(escape(line), highlight=False, soft_wrap=True)
    for line in report.lines("differences"):
        console.print(f"[red]differs: {escape(line)}[/]", highlight=False, soft_wrap=True)
    if report.text("migrations_error"):
        text = escape(report.text("migrations_error"))
        console.print(f"[yellow]A pending migration is refused: {text}[/]", highlight=False, soft_wrap=True)
    if report.text("error") and not report.lines("differences"):  # which that repeats
        console.print(f"[red]{escape(report.text('error'))}[/]", highlight=False, soft_wrap=True)


def _show_migrations(report: DrillReport, console: Console) -> None:
    table = plain_table("Pending migrations, applied to the copy", "migration", "took", "locks")
    for one in report.migrations or ():
        table.add_row(escape(one.name), span(one.seconds), escape("\n".join(one.locks)))
    console.print(table)
