"""`datatier migrate apply`: bring a database to the end of a folder of migrations, as the Lambda does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from lambdas.bootstrap.migrations.run import apply_history
from tools.cli.migrate.answer import ending, show_document
from tools.cli.migrate.options import (
    DEFAULTS,
    MIGRATIONS,
    Allow,
    AsJson,
    DatabaseUrl,
    DumpWait,
    LockAttempts,
    LockTimeout,
    MigrationsFolder,
    policy,
)
from tools.cli.migrate.progress import Run
from tools.migrate.database_url import parse_database_url
from tools.migrate.errors import Interrupted
from tools.migrate.overview import look
from tools.migrate.session import (
    Sessions,
    cancelling,
    check_direct,
    explaining,
    given_history,
    owner_for,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.bootstrap.migrations.history import Migration
    from lambdas.bootstrap.migrations.policy import Policy
    from lambdas.bootstrap.migrations.run import Result


def apply(
    database_url: DatabaseUrl = "",
    migrations: MigrationsFolder = MIGRATIONS,
    *,
    as_json: AsJson = False,
    allow: Allow = None,
    lock_timeout: LockTimeout = DEFAULTS.lock_timeout_seconds,
    lock_attempts: LockAttempts = DEFAULTS.lock_attempts,
    dump_wait: DumpWait = DEFAULTS.dump_wait_seconds,
) -> None:
    """Apply what is pending. Killed or interrupted anywhere, the next run goes on.

    For example: datatier exec --env dev --as migrator -- datatier migrate apply
    """
    document: dict[str, object] = {"applied": [], "pending": [], "error": None}
    chosen = policy(allow, lock_timeout=lock_timeout, lock_attempts=lock_attempts, dump_wait=dump_wait)
    # A program reads stdout: what a person follows goes to stderr then.
    console = Console(stderr=as_json)
    with ending(document, as_json=as_json):
        target = parse_database_url(database_url)
        check_direct(target)
        history = given_history(migrations)
        sessions = Sessions(target)
        run = Run(console)
        try:
            with explaining(target), cancelling(sessions, spared=lambda: run.building):
                result = _follow(run, sessions, history, chosen)
        except KeyboardInterrupt:
            raise Interrupted(_interrupted(run, where=target.where)) from None
        finally:
            document |= {"applied": run.applied, "pending": run.pending}
    if as_json:
        show_document(document)
    else:
        _say_done(console, result, where=target.where)


def _follow(run: Run, sessions: Sessions, history: Sequence[Migration], chosen: Policy) -> Result:
    """Look at what is pending, so that the run can be followed as one of so many, and apply it."""
    with sessions.reading(to_write_later=True) as connection:
        owner = owner_for(connection)
        seen = look(connection, history=history, policy=chosen, command="datatier migrate")
    run.expect([migration.name for migration in seen.plan.pending])
    with run:
        return apply_history(sessions.open, history=history, log=run, policy=chosen, owner=owner)


def _interrupted(run: Run, *, where: str) -> str:
    done = len(run.applied)
    kept = (
        f"{done} applied to {where}, up to {run.applied[-1]}, and that stays"
        if done
        else f"Nothing was applied to {where}"
    )
    running = (
        "The index build goes on in the server"
        if run.building
        else "What ran was cancelled; `datatier migrate status` shows where that leaves it"
    )
    return f"Interrupted. {kept}. {running}. `datatier migrate apply` goes on from here."


def _say_done(console: Console, result: Result, *, where: str) -> None:
    latest = f" at {result.latest}" if result.latest else ""
    if result.applied:
        count = "1 migration" if result.applied == 1 else f"{result.applied} migrations"
        sentence = f"Applied {count}: {where} is{latest} now."
    else:
        sentence = f"Nothing to apply: {where} is{latest or ' at the end of an empty folder'}."
    console.print(sentence, soft_wrap=True, highlight=False, markup=False)
