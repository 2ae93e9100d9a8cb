"""`datatier fidelity`: how much of the tier that is up is real, counted from what the handlers did."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from tools.cli.answers import answering
from tools.rehearsal import tier
from tools.rehearsal.errors import NotUp
from tools.rehearsal.fidelity import NEVER_PROVEN, Fidelity
from tools.rehearsal.layout import Layout
from tools.rehearsal.report import fidelity_of, fidelity_tables, summary
from tools.state import state_directory


def fidelity(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,  # noqa: FBT002  # a flag of the command line is a boolean
) -> None:
    """Count resources as executed, recorded or stubbed, and list the properties that nothing honoured."""
    layout = Layout(state=state_directory())
    with answering():
        known = tier.read(layout)
        if known is None or tier.emulator(layout) is None:
            raise NotUp("nothing is up to be judged: `make up` first")
        found = fidelity_of(known, layout)
    if as_json:
        sys.stdout.write(json.dumps(document(found), indent=2) + "\n")
        return
    console = Console()
    for table in fidelity_tables(found):
        console.print(table)
    console.print(summary(found), highlight=False)
    console.print("What no rehearsal can prove:")
    for line in NEVER_PROVEN:
        console.print(f"  - {line}", highlight=False)


def document(found: Fidelity) -> dict[str, object]:
    """Return the report as it is printed for programs."""
    resources = [
        {
            **asdict(one.resource),
            "properties": sorted(one.resource.properties),
            "standing": one.standing,
            "evidence": one.evidence,
            "honoured": one.honoured,
            "kept": one.kept,
            "ignored": one.ignored,
        }
        for one in found.judged
    ]
    return {
        "counts": found.counts,
        "properties": found.properties,
        "never_proven": NEVER_PROVEN,
        "resources": resources,
    }
