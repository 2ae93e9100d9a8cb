"""What is to be done for a history, given the rows of `_prisma_migrations`: pure.

Prisma's states: finished is applied; rolled back counts for nothing; neither is failed, and blocks (P3009) —
unless the row says that its script was one transaction, for then an unfinished row proves that nothing of it
was kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lambdas.bootstrap.migrations.errors import AppliedScriptEdited, FailedEarlier
from lambdas.bootstrap.migrations.history import Migration

ONE_TRANSACTION: Final = (
    "datatier: this script and this row's finished_at commit in one transaction. If the row is "
    "unfinished and no session holds the migration lock, nothing of the script is in the database."
)
"""Stands in `logs` while such a script runs; Prisma leaves that column empty, so its rows are told apart."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of `_prisma_migrations`, as far as it decides anything."""

    id: str
    name: str
    checksum: str
    finished: bool
    rolled_back: bool
    logs: str | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`pending` in order; `interrupted` are rows of killed runs; the rest is told to people.

    `ahead` are applied migrations that this history does not have, `failed_unknown` failed ones of that kind:
    both are what a deployment that was rolled back leaves, and no reason to fail.
    """

    pending: tuple[Migration, ...]
    interrupted: tuple[Row, ...]
    ahead: tuple[str, ...]
    failed_unknown: tuple[str, ...]


def plan_history(
    history: Sequence[Migration],
    rows: Sequence[Row],
) -> Plan:
    """Compare the history with the rows.

    Raises:
        FailedEarlier: a migration of this history failed, and what became of it is not certain.
        AppliedScriptEdited: an applied migration's script has changed.
    """
    known = {migration.name: migration for migration in history}
    live = [row for row in rows if not row.rolled_back]
    applied = {row.name: row for row in live if row.finished}
    unfinished = [row for row in live if not row.finished]
    interrupted = tuple(row for row in unfinished if row.logs == ONE_TRANSACTION)
    failed = [row for row in unfinished if row.logs != ONE_TRANSACTION]
    blocking = [row for row in failed if row.name in known]
    if blocking:
        raise FailedEarlier(_failed_earlier(blocking[0], known[blocking[0].name]))
    edited = tuple(
        name
        for name, row in applied.items()
        if name in known and not known[name].was_applied_as(row.checksum)
    )
    if edited:
        raise AppliedScriptEdited(
            f"{known[edited[0]].file} was changed after it had been applied"
            f"{f' (and {len(edited) - 1} more)' if len(edited) > 1 else ''}. Put the applied text "
            f"back and make the change in a new migration. Edited: {', '.join(edited[:10])}.",
        )
    return Plan(
        pending=tuple(migration for migration in history if migration.name not in applied),
        interrupted=interrupted,
        ahead=tuple(name for name in applied if name not in known),
        failed_unknown=tuple(row.name for row in failed if row.name not in known),
    )


def _failed_earlier(row: Row, migration: Migration) -> str:
    reason = f" It said: {row.logs.splitlines()[0]}" if row.logs else ""
    return (
        f"P3009: migration {row.name} ({migration.file}) failed in an earlier run, and what it left behind "
        f"is not certain, so nothing was applied.{reason} Look at the database, undo or complete the script "
        f'by hand, then `prisma migrate resolve --rolled-back "{row.name}"` to run it again or '
        f'`--applied "{row.name}"` to go on.'
    )
