"""`datatier down`: stop and remove what `datatier up` started, and nothing else."""

import typer
from rich.console import Console

from tools.cli.answers import answering
from tools.rehearsal.exclusive import exclusively
from tools.rehearsal.layout import Layout
from tools.rehearsal.teardown import take_down
from tools.state import state_directory


def down() -> None:
    """Stop the emulated AWS and every server of the tier, and remove their data."""
    console, errors = Console(), Console(stderr=True)
    layout = Layout(state=state_directory())
    with answering(), exclusively(layout), console.status("Stopping"):
        stopped = take_down(layout)
    if stopped.anything:
        console.print(
            f"Stopped {', '.join([*stopped.processes, *stopped.servers])}.", highlight=False, soft_wrap=True
        )
    elif not stopped.left:
        console.print("Nothing was up.")
    if stopped.left:
        errors.print("Not everything could be stopped, and its data is kept:", markup=False)
        for one in stopped.left:
            errors.print(f"  {one}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)
