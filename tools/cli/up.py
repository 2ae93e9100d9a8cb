"""`datatier up`: deploy an environment onto this machine, or bring what is up to date."""

from typing import Annotated

import typer
from rich.console import Console

from stacks.settings import load_environment
from tools.cli.answers import answering
from tools.rehearsal.layout import Layout
from tools.rehearsal.report import show
from tools.rehearsal.up import Target, bring_up
from tools.state import repository_root, state_directory

INTERRUPTED = 130


def up(
    environment: Annotated[str, typer.Argument(help="A file of environments/, without .toml.")] = "prod",
) -> None:
    """Deploy an environment with the real CDK CLI onto emulated AWS, real PostgreSQL and real Redis."""
    console, errors = Console(), Console(stderr=True)
    layout = Layout(state=state_directory())
    try:
        with answering():
            settings = load_environment(environment)
            target = Target(
                environment=settings.name, region=settings.region, recovery_region=settings.recovery_region
            )
            result = bring_up(target, layout=layout, repository=repository_root(), console=console)
            show(result, layout=layout, console=console)
    except KeyboardInterrupt:
        errors.print(
            f"Interrupted. `datatier up {environment}` goes on from here; "
            "`datatier down` removes what was started.",
            highlight=False,
        )
        raise typer.Exit(INTERRUPTED) from None
