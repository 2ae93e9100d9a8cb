"""DROP COLUMN and DROP CONSTRAINT: nothing is read, but everything that hangs on them is locked too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock
from tools.migrate.impact.tree import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.migrate.impact.catalog import Droppable
    from tools.migrate.impact.subcommand import Subcommand


def drop_column(command: Subcommand) -> Iterator[Impact]:
    """The table, and with foreign keys or CASCADE whoever depends on the column."""
    yield Impact(
        on=command.reached,
        lock=Lock.ACCESS_EXCLUSIVE,
        note="Deploy code that no longer uses the column before this.",
    )
    yield from _others(command, "column")


def drop_constraint(command: Subcommand) -> Iterator[Impact]:
    """The table, and a foreign key's other table."""
    yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE)
    yield from _others(command, "constraint")


def _others(command: Subcommand, kind: Droppable) -> Iterator[Impact]:
    cascade = text(command.fields, "behavior") == "DROP_CASCADE"
    part = text(command.fields, "name")
    found = command.catalog.locked_by_drop(kind, command.relation.name, part=part, cascade=cascade)
    for relation in found or ():
        if relation.name != command.relation.name:
            yield Impact(on=relation.alone(), lock=Lock.ACCESS_EXCLUSIVE)
