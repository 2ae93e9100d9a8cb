"""What is known of a relation, and what a judgement is about: plain values, read by others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.migrate.impact.tree import Name

PARTS: Final = "partitions of"
"""The kind of a target that is every partition of a table without the table."""

State = Literal["there", "new", "absent"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """`type` as format_type writes it with its modifiers, `base` without; empty where nobody knows.

    A domain's columns show the type beneath it, for that is what is stored.
    """

    type: str
    base: str
    not_null: bool = False


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """`kind` as in pg_constraint; `references` a foreign key's other table; `proves` columns not null."""

    name: str
    kind: str
    valid: bool = True
    columns: frozenset[str] = frozenset()
    references: Name | None = None
    proves: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ForeignKey:
    """A foreign key that refers to the relation: the other table, its columns here, what a DELETE does."""

    table: Name
    columns: frozenset[str]
    on_delete: str


@dataclass(frozen=True, kw_only=True)
class Index:
    """`shape` is its definition behind its table's name, which tells whether two indexes are alike.

    `columns` are those that it depends on; `computed` says that it has an expression or a WHERE.
    """

    name: str
    columns: frozenset[str]
    shape: str
    unique: bool
    computed: bool = False


@dataclass(frozen=True, kw_only=True)
class Member:
    """A partition or an inheritance child, at any depth."""

    name: Name
    rows: int | None
    size: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """What one judgement is about. `rows` is an estimate, `size` bytes with indexes and TOAST; None: unknown.

    `members` are the relations that it covers: one, or a table and its partitions or children.
    """

    kind: str
    name: str
    state: State = "there"
    members: tuple[Name, ...] = ()
    rows: int | None = None
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A relation as it is, or as the statements before this one will have left it.

    `state` is `new` where an earlier pending statement makes it, `absent` where nobody has. `persistence` is
    p, u or t as in pg_class; `reads` are the relations beneath a view, at any depth; `table` an index's.
    """

    name: Name
    kind: str = "table"
    state: State = "there"
    rows: int | None = None
    size: int | None = None
    columns: Mapping[str, Column] = field(default_factory=dict[str, Column])
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    members: tuple[Member, ...] = ()
    referenced_by: tuple[ForeignKey, ...] = ()
    reads: tuple[Name, ...] = ()
    persistence: str = ""
    tablespace: str = ""
    access_method: str = ""
    has_row_triggers: bool = False
    parent: Name | None = None
    default_partition: Name | None = None
    table: Name | None = None

    def alone(self) -> Target:
        """Without its partitions or children."""
        return Target(
            kind=self.kind,
            name=str(self.name),
            state=self.state,
            members=(self.name,),
            rows=self.rows,
            size=self.size,
        )

    def whole(self) -> Target:
        """With its partitions or children, their rows and sizes added."""
        alone = self.alone()
        if not self.members:
            return alone
        return _summed(alone, self.members, own_rows=self.rows or 0, own_size=self.size or 0)

    def partitioned(self) -> Target:
        """With its partitions; children by inheritance stay out, as in most commands that are not ALTER."""
        return self.whole() if self.kind == "partitioned table" else self.alone()

    def parts(self) -> Target:
        """Its partitions or children without itself."""
        several = Target(kind=PARTS, name=str(self.name), state=self.state)
        return _summed(several, self.members, own_rows=0, own_size=0)


def _summed(target: Target, members: tuple[Member, ...], *, own_rows: int, own_size: int) -> Target:
    rows = [member.rows for member in members]
    return Target(
        kind=target.kind,
        name=target.name,
        state=target.state,
        members=(*target.members, *(member.name for member in members)),
        rows=None if None in rows else own_rows + sum(row or 0 for row in rows),
        size=own_size + sum(member.size for member in members),
    )
