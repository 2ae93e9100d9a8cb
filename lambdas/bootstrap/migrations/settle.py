"""What became of a statement that ran outside any transaction, read from the catalog.

A statement is looked at before it begins; the facts stand in its row, and whoever comes next compares. What
the catalog cannot tell is never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.catalog import Index, attachment, exists, indexes_of, oid_of
from lambdas.bootstrap.migrations.row_state import Facts


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the statement is done, with the statements that must run first to finish or to clear up.

    None says that nobody can know. `invalid` are indexes that it left and that do not count.
    """

    done: bool | None
    first: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A statement outside any transaction, of which the catalog tells nothing unless its kind says how.

    `concurrent` says that it waits for older snapshots, so that no lock may be held that others wait for;
    `watchable` that it may be left to the server, because the catalog shows when it is done.
    """

    concurrent: bool = False
    watchable: bool = False

    @property
    def works_on(self) -> str | None:
        """The table, or an index of it, that nobody else may be at work on meanwhile."""
        return None

    def before(self, _connection: Connection[TupleRow]) -> Facts:
        """What the catalog says before it begins."""
        return {}

    def leftovers(self, _connection: Connection[TupleRow]) -> tuple[str, ...]:
        """Statements that remove what an earlier failure left in its way."""
        return ()

    def verdict(self, _connection: Connection[TupleRow], _before: Facts) -> Verdict:
        """What became of it since."""
        return Verdict(done=None)


@dataclass(frozen=True, kw_only=True)
class IndexBuild(Outside):
    """CREATE INDEX CONCURRENTLY; a name that the server chooses is recognised by being new."""

    relation: str
    name: str | None
    concurrent: bool = True
    watchable: bool = True

    @property
    def works_on(self) -> str:
        """As given."""
        return self.relation

    def before(self, connection: Connection[TupleRow]) -> Facts:
        """Every index that the table has."""
        return {"indexes": sorted(index.oid for index in indexes_of(connection, self.relation))}

    def leftovers(self, connection: Connection[TupleRow]) -> tuple[str, ...]:
        """Drop an invalid index of its name on its table: IF NOT EXISTS would report success over it."""
        if self.name is None:
            return ()
        found = [index for index in indexes_of(connection, self.relation) if index.name == self.name]
        return _drops([index for index in found if not index.valid])

    def verdict(self, connection: Connection[TupleRow], before: Facts) -> Verdict:
        """Done if a valid index is new; an invalid one must be dropped first."""
        old = cast("Sequence[int]", before["indexes"])
        new = [
            index
            for index in indexes_of(connection, self.relation)
            if index.oid not in old and self.name in (None, index.name)
        ]
        if len(new) > 1:
            return Verdict(done=None)
        invalid = [index for index in new if not index.valid]
        return Verdict(done=bool(new) and not invalid, first=_drops(invalid), invalid=_names(invalid))


@dataclass(frozen=True, kw_only=True)
class IndexDrop(Outside):
    """DROP INDEX CONCURRENTLY."""

    relation: str
    concurrent: bool = True
    watchable: bool = True

    @property
    def works_on(self) -> str:
        """As given."""
        return self.relation

    def before(self, connection: Connection[TupleRow]) -> Facts:
        """The index that has the name now."""
        return {"index": oid_of(connection, self.relation)}

    def verdict(self, connection: Connection[TupleRow], before: Facts) -> Verdict:
        """Done if that index is gone, whatever has its name now; one that was begun is invalid already."""
        oid = cast("int | None", before["index"])
        if oid is None or not exists(connection, oid):
            return Verdict(done=oid is not None)
        left = [index for index in indexes_of(connection, self.relation) if index.oid == oid]
        return Verdict(done=False, invalid=_names([index for index in left if not index.valid]))


@dataclass(frozen=True, kw_only=True)
class Reindex(Outside):
    """REINDEX INDEX or TABLE CONCURRENTLY: every valid index gives way to a new one of its name."""

    relation: str
    concurrent: bool = True
    watchable: bool = True

    @property
    def works_on(self) -> str:
        """As given."""
        return self.relation

    def before(self, connection: Connection[TupleRow]) -> Facts:
        """The valid indexes that are to be replaced."""
        return {"indexes": sorted(index.oid for index in self._meant(connection) if index.valid)}

    def leftovers(self, connection: Connection[TupleRow]) -> tuple[str, ...]:
        """What an earlier REINDEX left half-built."""
        return _drops(self._halves(connection))

    def verdict(self, connection: Connection[TupleRow], before: Facts) -> Verdict:
        """Done if none of the old ones is left."""
        old = set(cast("Sequence[int]", before["indexes"]))
        left = {index.oid for index in indexes_of(connection, self.relation) if index.valid} & old
        halves = self._halves(connection)
        return Verdict(done=bool(old) and not left, first=_drops(halves), invalid=_names(halves))

    def _meant(self, connection: Connection[TupleRow]) -> list[Index]:
        indexes = indexes_of(connection, self.relation)
        found = oid_of(connection, self.relation)
        return [index for index in indexes if index.oid == found] or indexes

    def _halves(self, connection: Connection[TupleRow]) -> list[Index]:
        """The halves of an earlier REINDEX: the server names them so, and never makes them valid."""
        return [
            index
            for index in indexes_of(connection, self.relation)
            if not index.valid and index.name.rstrip("0123456789").endswith(("_ccnew", "_ccold"))
        ]


@dataclass(frozen=True, kw_only=True)
class Detach(Outside):
    """ALTER TABLE … DETACH PARTITION … CONCURRENTLY; a half-done one is finished, as the server asks for."""

    parent: str
    partition: str
    concurrent: bool = True
    watchable: bool = True

    @property
    def works_on(self) -> str:
        """The partitioned table."""
        return self.parent

    def before(self, connection: Connection[TupleRow]) -> Facts:
        """Whether the partition is attached."""
        return {"attached": self._state(connection) is not None}

    def verdict(self, connection: Connection[TupleRow], before: Facts) -> Verdict:
        """Done if it is no partition any more, or half: then the server has it finished."""
        half_done = self._state(connection)
        if half_done is None:
            return Verdict(done=bool(before["attached"]))
        if half_done:
            return Verdict(
                done=True, first=(f"ALTER TABLE {self.parent} DETACH PARTITION {self.partition} FINALIZE",)
            )
        return Verdict(done=False)

    def _state(self, connection: Connection[TupleRow]) -> bool | None:
        return attachment(connection, parent=self.parent, partition=self.partition)


@dataclass(frozen=True, kw_only=True)
class Repeatable(Outside):
    """VACUUM and the like: running it once more does no harm."""

    def verdict(self, _connection: Connection[TupleRow], _before: Facts) -> Verdict:
        """As if it had not begun."""
        return Verdict(done=False)


def _drops(indexes: Sequence[Index]) -> tuple[str, ...]:
    return tuple(f"DROP INDEX CONCURRENTLY {index.qualified}" for index in indexes)


def _names(indexes: Sequence[Index]) -> tuple[str, ...]:
    return tuple(index.qualified for index in indexes)
