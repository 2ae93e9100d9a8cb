"""`datatier settings`: an environment's effective values and where each came from. Never changes a file."""

import json
import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from stacks.settings.load import ENVIRONMENTS
from stacks.settings.provenance import DEFAULT, Setting, explain_environment
from stacks.settings.wording import spell
from tools.cli.answers import answering


def settings(
    environment: Annotated[str, typer.Argument(help="The environment: the name of a file in environments/.")],
    overlay: Annotated[
        Path | None, typer.Option(help="A second settings file, laid over the environment's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,  # noqa: FBT002 - a flag of the command line is a boolean
    directory: Annotated[Path, typer.Option(help="The folder of the settings files.")] = ENVIRONMENTS,
) -> None:
    """Print every setting of an environment with its value, its source, its meaning and its range."""
    with answering():
        explained = explain_environment(environment, directory=directory, overlay=overlay)
    if as_json:
        sys.stdout.write(json.dumps([asdict(setting) for setting in explained], indent=2) + "\n")
        return
    console = Console(highlight=False)
    for group, members in groupby(explained, key=lambda setting: setting.group):
        console.print(Text(f"[{group}]" if group else environment, style="bold"))
        for setting in members:
            console.print(_line(setting))
            console.print(Padding(Text(_meaning(setting), style="dim"), (0, 0, 0, 4)))
        console.print()


def _line(setting: Setting) -> Text:
    """Return `key = value  # source`, as a settings file would say it; what a file states stands out."""
    value = "(none)" if setting.value is None else spell(setting.value)
    style = "" if setting.source == DEFAULT else "bold"
    return Text.assemble(
        (f"{setting.key.removeprefix(f'{setting.group}.')} = {value}", style),
        (f"  # {setting.source}", "cyan"),
    )


def _meaning(setting: Setting) -> str:
    """Return the description and what is accepted."""
    return f"{setting.description} Accepts {setting.accepts}." if setting.accepts else setting.description
