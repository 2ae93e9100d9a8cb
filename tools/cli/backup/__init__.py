"""`datatier backup`: take one, look at them, verify one, restore one. One command a file.

Exit code 1 when something is not as it must be; 2 for misuse.
"""

from __future__ import annotations

import typer

from tools.cli.backup.listing import list_backups
from tools.cli.backup.now import now
from tools.cli.backup.restore import restore
from tools.cli.backup.verify import verify

backup = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a local variable may hold a secret
    help="Backups of the database in S3. It changes and deletes none.",
)

backup.command()(now)
backup.command("list")(list_backups)
backup.command()(verify)
backup.command()(restore)
