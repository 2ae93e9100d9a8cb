"""What a history and the rows of `_prisma_migrations` say together: pure.

Prisma's states: finished is applied; rolled back counts for nothing; neither is failed, and blocks (P3009) —
unless the row says how far its script came for certain, for then it can be taken up again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.bootstrap.migrations.errors import (
    AppliedScriptEdited,
    FailedEarlier,
    FolderGone,
    HistoryDiverged,
    SchemaNotEmpty,
)
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.row_state import is_one_transaction, left_nothing, steps_of

_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of `_prisma_migrations`, as far as it decides anything."""

    id: str
    name: str
    checksum: str
    finished: bool
    rolled_back: bool
    logs: str | None

    @property
    def certain(self) -> bool:
        """Whether an unfinished row says how far its script came."""
        return is_one_transaction(self.logs) or steps_of(self.logs) is not None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`pending` is what an apply would run, in order; `unfinished` are rows whose scripts can go on.

    `failed` are rows of this history that a person must resolve, `failed_elsewhere` and `ahead` rows of
    migrations that it does not have: what a deployment that was rolled back leaves. `missing` are applied
    migrations without a folder although later ones have theirs; `edited` were changed since then.
    """

    pending: tuple[Migration, ...]
    applied: tuple[Row, ...]
    unfinished: tuple[Row, ...]
    failed: tuple[Row, ...]
    failed_elsewhere: tuple[Row, ...]
    ahead: tuple[str, ...]
    missing: tuple[str, ...]
    edited: tuple[Migration, ...]


def plan_history(history: Sequence[Migration], rows: Sequence[Row]) -> Plan:
    """Compare the history with the rows, oldest row first."""
    known = {migration.name: migration for migration in history}
    live = [row for row in rows if not row.rolled_back]
    applied = {row.name: row for row in live if row.finished}
    unfinished = [row for row in live if not row.finished and row.name not in applied]
    finished_at = {row.name: at for at, row in enumerate(live) if row.finished}
    failed = [
        row
        for at, row in enumerate(live)
        if not row.finished and not row.certain and row.name in known and at > finished_at.get(row.name, -1)
    ]
    stopped_elsewhere = [row for row in unfinished if row.name not in known and not left_nothing(row.logs)]
    unknown = [name for name in applied if name not in known]
    last_known = max((at for at, name in enumerate(applied) if name in known), default=-1)
    order = {name: at for at, name in enumerate(applied)}
    return Plan(
        pending=tuple(migration for migration in history if migration.name not in applied),
        applied=tuple(applied.values()),
        # Of two rows of one name the last counts: the one that may stand for something in the database.
        unfinished=tuple(
            sorted(
                (row for row in unfinished if row.certain and row not in stopped_elsewhere),
                key=lambda row: not left_nothing(row.logs),
            )
        ),
        failed=tuple(failed),
        failed_elsewhere=tuple(stopped_elsewhere),
        ahead=tuple(name for name in unknown if order[name] > last_known),
        missing=tuple(name for name in unknown if order[name] < last_known),
        edited=tuple(
            known[name]
            for name, row in applied.items()
            if name in known and not known[name].was_applied_as(row.checksum)
        ),
    )


def refuse(plan: Plan, policy: Policy) -> None:
    """Refuse what must be settled before anything runs.

    Raises:
        FailedEarlier: a migration failed, and what became of it is not certain.
        AppliedScriptEdited: an applied migration's script has changed.
        FolderGone: an applied migration's folder is gone.
        HistoryDiverged: the database has migrations that this history lacks, and some are pending.
    """
    failed = (*plan.failed, *(plan.failed_elsewhere if plan.pending else ()))
    if failed:
        raise FailedEarlier(_failed_earlier(failed[0]))
    if plan.edited and policy.edited == "refuse":
        raise AppliedScriptEdited(
            f"{plan.edited[0].file} was changed after it had been applied{_more(len(plan.edited))}. Put the "
            "applied text back and make the change in a new migration. "
            f"Edited: {_names([migration.name for migration in plan.edited])}.",
        )
    if plan.missing and policy.missing == "refuse":
        raise FolderGone(
            f"migration {plan.missing[0]} is applied and its folder is gone{_more(len(plan.missing))}, "
            "although later ones are here. Put the folder back, from the version control for example. "
            f"Missing: {_names(plan.missing)}.",
        )
    unknown = [*plan.missing, *plan.ahead]
    if unknown and plan.pending and policy.diverged == "refuse":
        raise HistoryDiverged(
            f"the database has {len(unknown)} migrations that this history lacks "
            f"({_names(unknown)}), and {len(plan.pending)} are pending "
            f"({_names([migration.name for migration in plan.pending])}). Bring both into one history, for "
            "example by merging the branches that they come from; nothing was applied.",
        )


def refuse_tables(tables: Sequence[str]) -> None:
    """Refuse a database without a record of migrations that has tables.

    Raises:
        SchemaNotEmpty: P3005.
    """
    if tables:
        raise SchemaNotEmpty(
            f"P3005: the database has tables ({_names(tables)}) and no record of migrations. If they are "
            "what the first migrations make, say so for each of them with `prisma migrate resolve --applied "
            "NAME` or `datatier migrate resolve --applied NAME`.",
        )


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _failed_earlier(row: Row) -> str:
    said = [line for line in (row.logs or "").splitlines() if not line.startswith("datatier: ")]
    reason = f" It said: {said[0].rstrip('.')}." if said else ""
    return (
        f"P3009: migration {row.name} failed in an earlier run, and what it left behind "
        f"is not certain, so nothing was applied.{reason} Look at the database, undo or complete the script "
        f'by hand, then `prisma migrate resolve --rolled-back "{row.name}"` to run it again or '
        f'`--applied "{row.name}"` to go on.'
    )
