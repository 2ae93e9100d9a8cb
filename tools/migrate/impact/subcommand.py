"""One subcommand of ALTER TABLE with what its rule needs to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.migrate.impact.tree import node

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog
    from tools.migrate.impact.relation import Relation, Target


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """`only` says that the statement leaves partitions and children out."""

    fields: Tree
    relation: Relation
    catalog: Catalog
    only: bool

    @property
    def definition(self) -> Tree:
        """What the subcommand carries: a column, a constraint, a partition, a parent."""
        return node(self.fields, "def").fields

    @property
    def reached(self) -> Target:
        """The table with the partitions or children that the subcommand reaches."""
        return self.relation.alone() if self.only else self.relation.whole()
