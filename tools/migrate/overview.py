"""Every migration of a folder and a database with its state, for people and programs. It never writes.

The states follow the engine's own plan, so that what is shown is what the next apply would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from psycopg import sql

from lambdas.bootstrap.migrations.builds import build_under_way
from lambdas.bootstrap.migrations.errors import StateError
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.order import locale_key
from lambdas.bootstrap.migrations.plan import Row, plan_history, refuse, refuse_tables
from lambdas.bootstrap.migrations.row_state import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from lambdas.bootstrap.migrations.builds import Building
    from lambdas.bootstrap.migrations.history import Migration
    from lambdas.bootstrap.migrations.plan import Plan
    from lambdas.bootstrap.migrations.policy import Policy

State = Literal[
    "applied", "pending", "failed", "rolled back", "edited", "missing here", "interrupted", "building"
]
_ROWS: Final = """
SELECT id, migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, logs,
       COALESCE(finished_at, started_at), applied_steps_count,
       EXTRACT(epoch FROM finished_at - started_at)::float8
  FROM public._prisma_migrations ORDER BY started_at
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One migration: `at` is when it was applied, or began when it was not; `seconds` how long it took.

    `steps` is Prisma's count, and for an unfinished script "done of total". `remark` is the first line of
    what it said when it failed, or how far an index build is.
    """

    name: str
    state: State
    at: datetime | None = None
    steps: str = ""
    seconds: float | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """All migrations in order, why an apply would refuse (the engine's words), and what to do next."""

    entries: tuple[Entry, ...]
    plan: Plan
    refusal: str | None
    next_step: str

    @property
    def settled(self) -> bool:
        """Whether nothing is pending, failed or refused."""
        return self.refusal is None and not self.plan.pending


@dataclass(frozen=True, kw_only=True)
class _Record:
    """A row and what people want to know of it beside what decides."""

    row: Row
    at: datetime
    steps: int
    seconds: float | None


def look(
    connection: Connection[TupleRow], *, history: Sequence[Migration], policy: Policy, command: str
) -> Overview:
    """Compare a folder with a database; `command` is how the user would call the next one.

    A database without `_prisma_migrations` has nothing applied.
    """
    ledger = Ledger(connection)
    recorded = ledger.exists()
    records = _records(connection) if recorded else ()
    plan = plan_history(history, [record.row for record in records])
    unrecorded = () if recorded or not history else ledger.ordinary_tables()
    refusal = _refusal(plan, policy, unrecorded)
    entries = _entries(history, records, plan, _building(ledger, connection) if plan.unfinished else None)
    return Overview(
        entries=entries,
        plan=plan,
        refusal=refusal,
        next_step=refusal or _next_step(plan, entries, command),
    )


def _building(ledger: Ledger, connection: Connection[TupleRow]) -> Building | None:
    """What is being built, seen as the login; afterwards the session acts as its role again."""
    connection.execute("SET ROLE NONE")
    building = build_under_way(connection, "")
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ledger.role)))
    return building


def _records(connection: Connection[TupleRow]) -> tuple[_Record, ...]:
    return tuple(
        _Record(
            row=Row(
                id=row[0], name=row[1], checksum=row[2], finished=row[3], rolled_back=row[4], logs=row[5]
            ),
            at=row[6],
            steps=row[7],
            seconds=row[8],
        )
        for row in connection.execute(_ROWS).fetchall()
    )


def _refusal(plan: Plan, policy: Policy, unrecorded: Sequence[str]) -> str | None:
    try:
        refuse(plan, policy)
        refuse_tables(unrecorded)
    except StateError as error:
        return str(error)
    return None


def _entries(
    history: Sequence[Migration],
    records: Sequence[_Record],
    plan: Plan,
    building: Building | None,
) -> tuple[Entry, ...]:
    deciding: dict[str, _Record] = {}
    for record in records:
        standing = deciding.get(record.row.name)
        if standing is None or _weight(record.row) >= _weight(standing.row):
            deciding[record.row.name] = record
    known = {migration.name for migration in history}
    edited = {migration.name for migration in plan.edited}
    names = sorted(known | set(deciding), key=locale_key)
    return tuple(
        _entry(name, deciding.get(name), known=name in known, edited=name in edited, building=building)
        for name in names
    )


def _weight(row: Row) -> int:
    """Of the rows of one name the applied one decides, then a failed one, then one rolled back."""
    return 0 if row.rolled_back else 2 if row.finished else 1


def _entry(
    name: str, record: _Record | None, *, known: bool, edited: bool, building: Building | None
) -> Entry:
    if record is None:
        return Entry(name=name, state="pending")
    row = record.row
    if row.rolled_back:
        return Entry(name=name, state="rolled back", at=record.at, remark=_first_line(row.logs))
    if row.finished:
        state: State = "edited" if edited else "applied" if known else "missing here"
        return Entry(name=name, state=state, at=record.at, steps=str(record.steps), seconds=record.seconds)
    steps = steps_of(row.logs)
    if steps is not None and steps.begun is not None and building is not None:
        remark = f"{building.index}: {building.progress}"
        return Entry(
            name=name, state="building", at=record.at, steps=f"{steps.done} of {steps.total}", remark=remark
        )
    return Entry(
        name=name,
        state="interrupted" if row.certain else "failed",
        at=record.at,
        steps=str(record.steps) if steps is None else f"{steps.done} of {steps.total}",
        remark="" if row.certain else _first_line(row.logs),
    )


def _first_line(logs: str | None) -> str:
    return logs.splitlines()[0] if logs else ""


def _next_step(plan: Plan, entries: Sequence[Entry], command: str) -> str:
    waiting = [entry for entry in entries if entry.state == "building"]
    if waiting:
        return f"An index of {waiting[0].name} is being built: `{command} apply` watches it and goes on."
    if plan.pending:
        count = len(plan.pending)
        what = "1 migration is" if count == 1 else f"{count} migrations are"
        return f"{what} pending: `{command} apply` runs {'it' if count == 1 else 'them'}."
    if plan.failed_elsewhere:
        return (
            f"Every migration of the folder is applied. {plan.failed_elsewhere[0].name}, which it does not "
            "have, failed earlier; that stops nothing."
        )
    if plan.ahead or plan.missing:
        count = len(plan.ahead) + len(plan.missing)
        return (
            f"Every migration of the folder is applied; the database has {count} more, and nothing is undone."
        )
    return "Every migration is applied." if entries else "The folder has no migrations."
