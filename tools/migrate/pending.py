"""Judges every statement of every pending migration, in order, against one database; it changes nothing.

It refuses what an apply would refuse before it runs anything, and leaves out what a script that stopped in
the middle has committed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.bootstrap.migrations.errors import SchemaNotEmpty
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.plan import refuse
from lambdas.bootstrap.migrations.resumption import check_resumable, parts_of
from lambdas.bootstrap.migrations.row_state import steps_of
from lambdas.bootstrap.migrations.script import Step, analyse
from lambdas.bootstrap.migrations.session_state import left_in_session
from lambdas.bootstrap.migrations.syntax import parse
from tools.migrate.held import Held, Transaction
from tools.migrate.impact.foreseen import Foreseen
from tools.migrate.impact.rules import impacts
from tools.migrate.impact.server import ServerCatalog
from tools.migrate.overview import look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from lambdas.bootstrap.migrations.history import Migration
    from lambdas.bootstrap.migrations.plan import Plan
    from lambdas.bootstrap.migrations.policy import Policy
    from lambdas.bootstrap.migrations.row_state import Steps
    from lambdas.bootstrap.migrations.script import Form
    from tools.migrate.impact.impact import Impact

_PASSWORD: Final = re.compile(r"(\bPASSWORD\s+)(?:[eE]|[uU]&)?'(?:[^']|'')*'", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One statement: its migration, the line of the file that it begins on, its text, what it does.

    `held` are locks of earlier statements of its transaction that last while it runs, if it may run long.
    """

    migration: str
    file: str
    line: int
    statement: str
    impacts: tuple[Impact, ...]
    held: tuple[Held, ...] = ()

    @property
    def dangerous(self) -> bool:
        """Whether it keeps writers waiting itself while a large relation is gone through."""
        return any(impact.dangerous for impact in self.impacts)

    @property
    def unknown(self) -> bool:
        """Whether it could not be judged wholly."""
        return any(impact.unknown for impact in self.impacts)


@dataclass(frozen=True, kw_only=True)
class Pending:
    """`migrations` are the names of pending migrations, also of those without any statement."""

    migrations: tuple[str, ...]
    statements: tuple[Judged, ...]

    @property
    def dangerous(self) -> int:
        """How many statements keep writers waiting while a large relation is gone through."""
        return sum(one.dangerous for one in self.statements)

    @property
    def prolonging(self) -> int:
        """How many statements prolong the locks of earlier ones on large relations."""
        return sum(bool(one.held) for one in self.statements)

    @property
    def unknown(self) -> int:
        """How many statements could not be judged wholly."""
        return sum(one.unknown for one in self.statements)


def pending(connection: Connection[TupleRow], history: Sequence[Migration], policy: Policy) -> Pending:
    """Compare the history with the database and judge what is pending.

    Raises:
        StateError: history and database contradict each other, so nothing would be applied either.
        HistoryError: a pending script cannot be run at all.
    """
    seen = look(connection, history=history, policy=policy, command="datatier migrate")
    refuse(seen.plan, policy)
    if seen.refusal is not None:
        raise SchemaNotEmpty(seen.refusal)
    scripts = _analysed(seen.plan, policy)
    catalog = Foreseen(ServerCatalog(connection))
    return Pending(
        migrations=tuple(migration.name for migration in seen.plan.pending),
        statements=tuple(one for script in scripts for one in _judged(*script, catalog)),
    )


def _analysed(plan: Plan, policy: Policy) -> list[tuple[Migration, Form, Steps | None]]:
    """Every script with how it would be sent and, if it stopped in the middle, how far it came."""
    stopped = {row.name: steps_of(row.logs) for row in plan.unfinished}
    scripts = [
        (migration, analyse(migration, policy), stopped.get(migration.name)) for migration in plan.pending
    ]
    for migration, _, steps in scripts:
        if steps is not None:
            check_resumable(migration, steps)
    return scripts


def _judged(migration: Migration, form: Form, stopped: Steps | None, catalog: Foreseen) -> Iterator[Judged]:
    script = migration.script
    parts = parts_of(script)
    done = parts[stopped.done - 1].end if stopped is not None and stopped.done else 0
    if not form.stepwise and not (stopped is not None and stopped.begun_any):
        parts = (Step(start=0, end=len(script)),)
    catalog.begin_script()
    transactions: dict[int, Transaction] = {}
    for one in split(script):
        text = script[one.start : one.end]
        tree = parse(text)
        if one.start < done:
            # What is committed shows in the database, but what it left in its session is made again.
            if left_in_session(text) == "setting":
                catalog.learn(tree)
            continue
        found = impacts(tree, catalog)
        line = locate(script, one.start).line
        part = next((step.start for step in parts if step.start <= one.start < step.end), one.start)
        transaction = transactions.setdefault(part, Transaction())
        yield Judged(
            migration=migration.name,
            file=migration.file,
            line=line,
            statement=_PASSWORD.sub(r"\1'…'", text),
            impacts=found,
            held=transaction.held_during(found, inserts=tree is not None and tree.kind == "InsertStmt"),
        )
        transaction.take(found, line=line)
        catalog.learn(tree)
