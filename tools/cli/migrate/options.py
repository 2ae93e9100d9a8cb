"""The options that the commands of `datatier migrate` share, and what they make of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from lambdas.bootstrap.migrations.policy import Policy

MIGRATIONS: Final = Path("prisma/migrations")
DEFAULTS: Final = Policy()


class Allowed(StrEnum):
    """What `--allow` takes: the names of `Policy`, as they are typed."""

    EDITED = "edited"
    MISSING = "missing"
    DIVERGED = "diverged"
    OPEN_TRANSACTION = "open-transaction"


DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database-url",
        envvar="DATABASE_URL",
        metavar="URL",
        show_default=False,
        help="postgresql://USER:PASSWORD@HOST:PORT/DATABASE. Better set the variable: every "
        "user of the machine sees the arguments of its programs.",
    ),
]
MigrationsFolder = Annotated[
    Path, typer.Option("--migrations", metavar="DIR", help="The folder of Prisma's migrations.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Allow = Annotated[
    list[Allowed] | None,
    typer.Option(
        "--allow",
        metavar="WHAT",
        help="Tell and go on instead of refusing. edited: an applied script was changed; missing: an applied "
        "migration's folder is gone; diverged: both sides have what the other lacks; open-transaction: a "
        "script lacks its COMMIT. Repeatable.",
    ),
]
LockTimeout = Annotated[
    float,
    typer.Option(
        "--lock-timeout",
        metavar="SECONDS",
        min=0.001,
        help="How long a statement waits for a lock before it gives way and is tried again.",
    ),
]
LockAttempts = Annotated[
    int, typer.Option("--lock-attempts", metavar="N", min=1, help="How many times it is tried in all.")
]
DumpWait = Annotated[
    float,
    typer.Option("--dump-wait", metavar="SECONDS", min=0, help="How long a running pg_dump is waited for."),
]


def policy(
    allow: list[Allowed] | None,
    *,
    lock_timeout: float = DEFAULTS.lock_timeout_seconds,
    lock_attempts: int = DEFAULTS.lock_attempts,
    dump_wait: float = DEFAULTS.dump_wait_seconds,
) -> Policy:
    """The policy that the options describe."""
    allowed = set(allow or ())
    return Policy(
        edited="allow" if Allowed.EDITED in allowed else DEFAULTS.edited,
        missing="allow" if Allowed.MISSING in allowed else DEFAULTS.missing,
        diverged="allow" if Allowed.DIVERGED in allowed else DEFAULTS.diverged,
        open_transaction="allow" if Allowed.OPEN_TRANSACTION in allowed else DEFAULTS.open_transaction,
        lock_timeout_seconds=lock_timeout,
        lock_attempts=lock_attempts,
        dump_wait_seconds=dump_wait,
    )
