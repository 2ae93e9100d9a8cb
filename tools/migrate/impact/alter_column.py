"""ALTER TABLE … ALTER COLUMN … SET NOT NULL: a scan, unless the column or a valid CHECK has proved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.tree import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.migrate.impact.relation import Relation
    from tools.migrate.impact.subcommand import Subcommand


def is_proven(relation: Relation, column: str) -> bool:
    """Whether the server knows that no row has a null there."""
    known = relation.columns.get(column)
    checked = any(one.valid and column in one.proves for one in relation.constraints)
    return checked or (known is not None and known.not_null)


def set_not_null(command: Subcommand) -> Iterator[Impact]:
    """The table and its partitions."""
    column = text(command.fields, "name")
    if is_proven(command.relation, column):
        yield Impact(on=command.reached, lock=Lock.ACCESS_EXCLUSIVE)
        return
    yield Impact(
        on=command.reached,
        lock=Lock.ACCESS_EXCLUSIVE,
        work=Work.UNKNOWN if command.relation.state == "absent" else Work.SCANS,
        note=f"First ADD CHECK ({column} IS NOT NULL) NOT VALID and VALIDATE it in a migration of its own: "
        "then nothing is scanned.",
    )
