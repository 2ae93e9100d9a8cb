"""What the rules ask of a database: `server.py` answers from a real one, `foreseen.py` for later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.migrate.impact.relation import Relation
    from tools.migrate.impact.tree import Name

Volatility = Literal["fixed", "volatile", "unknown"]
Droppable = Literal["relation", "column", "constraint", "type", "function", "schema", "extension"]


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type, or what a domain stores: `base` without modifiers, `modifiers` the domain's own.

    `checked` says that it is a domain with constraints, whose values are looked at whenever a column gets it.
    """

    base: str
    modifiers: tuple[int, ...] = ()
    checked: bool = False


class Catalog(Protocol):
    """Facts of one database. Names are as statements write them; what is absent raises nothing."""

    def relation(self, name: Name) -> Relation:
        """A relation; its state is `absent` where there is none."""
        ...

    def type(self, name: Name, *, array: bool) -> Type | None:
        """A type by name, None where there is none."""
        ...

    def volatility(self, function: Name) -> Volatility:
        """Whether a function's calls may differ: `volatile` only where it certainly counts as that."""
        ...

    def is_built_in(self, function: Name) -> bool:
        """Whether the name means functions of PostgreSQL itself."""
        ...

    def same_bytes(self, old: str, new: str) -> bool:
        """Whether values of one base type can stand as the other's without conversion."""
        ...

    def time_zone_is_utc(self) -> bool:
        """Whether this session's TimeZone has no offset, as the migrations' session is set up alike."""
        ...

    def table_of_statistics(self, name: Name) -> Relation | None:
        """The table that an object of CREATE STATISTICS describes."""
        ...

    def users_of_type(self, name: Name) -> tuple[Relation, ...]:
        """Tables with a column of the type."""
        ...

    def locked_by_drop(
        self, kind: Droppable, name: Name, *, part: str = "", cascade: bool
    ) -> tuple[Relation, ...] | None:
        """Every relation that goes, or loses something, with an object; None where it is not one object.

        `part` is the name of a relation's column or constraint.
        """
        ...


class Searched(Catalog, Protocol):
    """A catalog that can be told where to look names up that have no schema."""

    def search(self, schemas: Sequence[str] | None) -> None:
        """Look along these schemas from here on; None for those that a session begins with."""
        ...

    def path(self) -> tuple[str, ...]:
        """The schemas that are looked along and are there; a new relation goes into the first."""
        ...
