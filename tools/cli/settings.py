"""`datatier settings`: an environment's effective values and where each came from. Never changes a file."""

import json
import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stacks.settings import SettingsError
from stacks.settings.load import ENVIRONMENTS
from stacks.settings.provenance import DEFAULT, Setting, explain_environment
from stacks.settings.wording import spell

REFUSED = 2
"""Exit code of a person's own mistake."""


def settings(
    environment: Annotated[str, typer.Argument(help="The environment: the name of a file in environments/.")],
    overlay: Annotated[
        Path | None, typer.Option(help="A second settings file, laid over the environment's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,  # noqa: FBT002 - a flag of the command line is a boolean
    directory: Annotated[Path, typer.Option(help="The folder of the settings files.")] = ENVIRONMENTS,
) -> None:
    """Print every setting of an environment with its value, its source, its meaning and its range."""
    try:
        explained = explain_environment(environment, directory=directory, overlay=overlay)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(REFUSED) from None
    if as_json:
        sys.stdout.write(json.dumps([asdict(setting) for setting in explained], indent=2) + "\n")
        return
    console = Console()
    for group, members in groupby(explained, key=lambda setting: setting.group):
        console.print(_table(group or environment, list(members)))


def _table(title: str, members: list[Setting]) -> Table:
    """One slice as a table; what a file states stands out from what is left at its default."""
    table = Table(title=title, title_justify="left", title_style="bold", expand=True)
    table.add_column("setting", overflow="fold")
    table.add_column("value", overflow="fold")
    table.add_column("source", overflow="fold")
    table.add_column("meaning, and what is accepted", overflow="fold", ratio=1)
    for setting in members:
        accepted = f" Accepts {setting.accepts}." if setting.accepts else ""
        table.add_row(
            Text(setting.key.removeprefix(f"{setting.group}.")),
            Text("" if setting.value is None else spell(setting.value)),
            Text(setting.source, style="dim" if setting.source == DEFAULT else ""),
            Text(setting.description + accepted),
        )
    return table
