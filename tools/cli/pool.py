"""`datatier pool`: how full the pools are, and who waits.

Exit code 1 when a task does not answer or its clients are held back; 2 for misuse.
"""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from stacks.settings import load_environment
from tools.access import cloud
from tools.cli.answers import answering
from tools.cli.entering import EnvironmentName, RealAws
from tools.pool.state import PoolState, TaskState
from tools.pool.tasks import states
from tools.rehearsal.report import plain_table

pool = typer.Typer(no_args_is_help=True, help="The pool that all clients share.")


@pool.callback()
def _commands() -> None:
    """Keep `status` a command of its own: typer makes an only one the whole."""


@pool.command()
def status(
    *,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Show each pooler task's pools: connections, clients, and how long they wait, from PgBouncer's console.

    For example: datatier pool status --env prod
    """
    with answering():
        settings = load_environment(environment)
        chosen = cloud.find(environment, region=settings.region, aws=aws)
        found = states(chosen)
    well = all(task.well for task in found)
    if as_json:
        document = {"well": well, "tasks": [task.document() for task in found]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _show(found, Console(), title=chosen.title, full=settings.pooling.alarms.utilization_percent)
    if not well:
        raise typer.Exit(1)


def _show(found: list[TaskState], console: Console, *, title: str, full: float) -> None:
    """Print a table; a pool of which `full` per cent are lent, as the alarm counts, is shown in colour."""
    console.print(f"[bold]{title}[/]", highlight=False, soft_wrap=True)
    table = plain_table("Pools", "task", "pool", "lent", "open", "clients", "waiting", "leads to")
    for task in found:
        for one in task.pools:
            lent = f"{one.lent} of {one.size}"
            table.add_row(
                task.address,
                one.pool,
                f"[red]{lent}[/]" if one.utilization >= full else lent,
                str(one.connections),
                str(one.clients),
                _waiting(one),
                "\n".join(map(_short, one.hosts)),
            )
    console.print(table)
    for task in found:
        if task.problem:
            console.print(f"[red]{escape(task.problem)}[/]", highlight=False, soft_wrap=True)


def _waiting(one: PoolState) -> str:
    if not one.waiting:
        return "paused" if one.paused else "0"
    why = "paused, " if one.paused else ""
    return f"[red]{one.waiting}, {why}{one.longest_wait:.1f} s[/]"


def _short(host: str) -> str:
    """An endpoint of RDS by its instance's name; an address as it is."""
    first = host.partition(".")[0]
    return host if first.isdecimal() else first
