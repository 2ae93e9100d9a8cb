"""`datatier status`: what is up on this machine, and whether it is well.

Exit code 1 when it is not well, or nothing is up; 2 when the state folder cannot be read.
"""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from tools.cli.answers import answering
from tools.rehearsal.condition import Condition, condition
from tools.rehearsal.errors import NotUp
from tools.rehearsal.layout import Layout
from tools.rehearsal.report import plain_table
from tools.state import state_directory


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,  # noqa: FBT002  # a flag of the command line is a boolean
) -> None:
    """Show the environment, the emulated AWS, each server, each stack and how far replicas are behind."""
    with answering():
        try:
            found = condition(Layout(state=state_directory()))
        except NotUp as error:
            if not as_json:
                raise
            sys.stdout.write(json.dumps({"healthy": False, "environment": None}) + "\n")
            raise typer.Exit(error.exit_code) from None
    if as_json:
        sys.stdout.write(json.dumps(found.document(), indent=2) + "\n")
    else:
        _show(found, Console())
    if not found.healthy:
        raise typer.Exit(1)


def _show(found: Condition, console: Console) -> None:
    emulator = f"pid {found.emulator_pid}" if found.emulator_pid else "[red]has died[/]"
    console.print(
        f"[bold]{found.environment}[/]: the emulated AWS at {found.endpoint}, {emulator}",
        highlight=False,
        soft_wrap=True,
    )
    servers = plain_table("Servers", "server", "what", "endpoint", "pid", "behind")
    for server in found.servers:
        endpoint = server.endpoint or "[red]its server.json cannot be read[/]"
        process = str(server.pid) if server.pid else "[red]down[/]"
        behind = "" if server.lag_seconds is None else f"{server.lag_seconds:.1f} s"
        servers.add_row(server.identifier, server.kind.split()[0], endpoint, process, behind)
    console.print(servers)
    if found.problem:
        console.print(f"[red]{escape(found.problem)}[/]", highlight=False, soft_wrap=True)
    if found.stacks:
        stacks = plain_table("Stacks", "stack", "region", "status")
        for stack in found.stacks:
            shown = stack.status if stack.good else f"[yellow]{stack.status}[/]"
            stacks.add_row(stack.name, stack.region, shown)
        console.print(stacks)
