"""The `datatier` command: one sub-command a file. It parses and prints; the work is done elsewhere."""

from __future__ import annotations

import typer

from tools.cli.backup import backup
from tools.cli.down import down
from tools.cli.drill import drill
from tools.cli.execute import execute
from tools.cli.fidelity import fidelity
from tools.cli.migrate import migrate
from tools.cli.pool import pool
from tools.cli.psql import psql
from tools.cli.redis_cli import redis_cli
from tools.cli.rotate import rotate
from tools.cli.settings import settings
from tools.cli.status import status
from tools.cli.up import up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a local variable may hold a secret
    help="The data tier: PostgreSQL 15, Redis 7 and what keeps them alive.",
)

for command in (up, down, status, fidelity, settings, psql, rotate, drill):
    app.command()(command)
app.command("redis-cli")(redis_cli)
app.command("exec")(execute)
app.add_typer(backup, name="backup")
app.add_typer(migrate, name="migrate")
app.add_typer(pool, name="pool")


def main() -> None:
    """Run the command that was typed."""
    app()
