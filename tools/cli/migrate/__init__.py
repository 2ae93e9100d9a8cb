"""`datatier migrate`: the bootstrap Lambda's migration engine, for CI and laptops. One command a file."""

from __future__ import annotations

import typer

from tools.cli.migrate.apply import apply
from tools.cli.migrate.diff_check import diff_check
from tools.cli.migrate.plan import plan
from tools.cli.migrate.resolve import resolve
from tools.cli.migrate.status import status

migrate = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a local variable may hold a secret
    help="Migrations of one database, by the bootstrap Lambda's engine. Prisma's CLI may take turns with it.",
)

for command in (plan, apply, status, resolve):
    migrate.command()(command)
migrate.command("diff-check")(diff_check)
