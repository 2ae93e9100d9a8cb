"""`datatier rotate`: when each credential was and will be rotated; rotate one now.

Exit code 1 when a rotation failed or a credential needs a look; 2 for misuse.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stacks.settings import load_environment
from tools.access import cloud
from tools.cli.answers import MISUSED, answering
from tools.cli.entering import EnvironmentName, RealAws
from tools.rehearsal.report import plain_table
from tools.rotation.credentials import CREDENTIALS, Credential
from tools.rotation.service import Rotations

DAY_SECONDS = 86_400
NAMES = ", ".join(CREDENTIALS)
UNTOLD = {
    False: "No CloudTrail trail is logging in this account and region: a rotation that fails sends no event, "
    "and the alarm rotation-failed stays silent. Make one, for example `aws cloudtrail create-trail`.",
    None: "Whether a CloudTrail trail carries the events of failed rotations is not known: you may not look.",
}


def rotate(
    login: Annotated[str | None, typer.Argument(help=f"{NAMES}.", show_default=False)] = None,
    *,
    now: Annotated[bool, typer.Option("--now", help="Do not ask.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only show how each stands.")] = False,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the end.", min=1)] = 300,
    environment: EnvironmentName = "prod",
    aws: RealAws = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Rotate one credential, or show how all of them stand.

    For example: datatier rotate app --env dev --now
    """
    if status == (login is not None):
        typer.echo(f"give --status, or one of {NAMES}", err=True)
        raise typer.Exit(MISUSED)
    if login is not None and login not in CREDENTIALS:
        typer.echo(f"'{login}' is not one of {NAMES}", err=True)
        raise typer.Exit(MISUSED)
    with answering():
        settings = load_environment(environment)
        rotations = Rotations(
            cloud=cloud.find(environment, region=settings.region, aws=aws),
            client_cache_seconds=settings.rotation.client_cache_seconds,
        )
        if login is None:
            _show(rotations.all(), rotations, as_json=as_json)
        else:
            _rotate(rotations, login, ask=not now, seconds=timeout, as_json=as_json)


def _show(found: list[Credential], rotations: Rotations, *, as_json: bool) -> None:
    moment, told = datetime.now(tz=UTC), rotations.failures_are_told()
    if as_json:
        document = {
            "failures_are_told": told,
            "credentials": [one.document(moment) for one in found],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        console = Console()
        console.print(f"[bold]{rotations.cloud.title}[/]", highlight=False, soft_wrap=True)
        console.print(_table(found, moment))
        if told is not True:
            console.print(f"[yellow]{UNTOLD[told]}[/]", highlight=False, soft_wrap=True)
    if told is False or not all(one.well(moment) for one in found):
        raise typer.Exit(1)


def _table(found: list[Credential], moment: datetime) -> Table:
    table = plain_table("Credentials", "login", "last result", "age", "next", "versions")
    for one in found:
        result = one.result if one.well(moment) else f"[red]{one.result}[/]"
        due = "[red]overdue[/]" if one.overdue(moment) else _day(one.next_at)
        stages = {
            stage.removeprefix("AWS").lower(): version[:8]
            for version, labels in one.metadata.stages.items()
            for stage in labels
        }
        versions = "  ".join(f"{stage} {version}" for stage, version in sorted(stages.items()))
        table.add_row(one.name, result, _age(one, moment), due, versions)
    return table


def _age(one: Credential, moment: datetime) -> str:
    since = one.metadata.rotated_at or one.metadata.created_at
    if since is None:
        return ""
    seconds = (moment - since).total_seconds()
    return f"{seconds / DAY_SECONDS:.0f} days" if seconds >= DAY_SECONDS else f"{seconds / 60:.0f} min"


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _rotate(rotations: Rotations, login: str, *, ask: bool, seconds: float, as_json: bool) -> None:
    credential = rotations.find(login)
    if not credential.unfinished:
        rotations.check(credential, now=datetime.now(tz=UTC))
    if ask:
        if not sys.stdin.isatty():
            typer.echo("nobody is there to be asked: add --now", err=True)
            raise typer.Exit(MISUSED)
        typer.confirm(f"Rotate {login} of {rotations.cloud.title} now?", abort=True)
    version = rotations.start(credential)
    console = Console(stderr=True)
    with console.status(f"rotating {login}") as shown:
        done = rotations.wait(
            credential,
            version,
            seconds=seconds,
            tell=lambda waited: shown.update(f"rotating {login}: {waited:.0f} s"),
        )
    if as_json:
        sys.stdout.write(json.dumps(done.document(datetime.now(tz=UTC)), indent=2) + "\n")
    else:
        typer.echo(
            f"{login} is rotated: version {version} is current; next {_day(done.next_at) or 'by hand'}."
        )
