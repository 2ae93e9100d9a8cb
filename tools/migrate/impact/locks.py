"""PostgreSQL's table-level locks, weakest first, and kinds of work, lightest first: a judgement's words."""

from __future__ import annotations

from enum import StrEnum


class Lock(StrEnum):
    """Modes as PostgreSQL 15's documentation names them ("Explicit Locking"), weakest first."""

    NONE = "none"
    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
    UNKNOWN = "unknown"

    @property
    def strength(self) -> int:
        """Where it stands from weakest to strongest; nobody knows how strong an unknown one is."""
        return list(Lock).index(self)

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE of others wait for it."""
        return Lock.SHARE.strength <= self.strength <= Lock.ACCESS_EXCLUSIVE.strength


class Work(StrEnum):
    """What is done to the relation while its lock is held, lightest first."""

    NOTHING = "nothing"
    CATALOG = "catalog only"
    SCANS = "scans"
    WRITES = "writes rows"
    INDEX = "builds index"
    REWRITES = "rewrites"
    UNKNOWN = "unknown"

    @property
    def weight(self) -> int:
        """Where it stands from lightest to heaviest."""
        return list(Work).index(self)

    @property
    def grows(self) -> bool:
        """Whether it takes longer the larger the relation is, whatever the statement's own conditions."""
        return self in (Work.SCANS, Work.INDEX, Work.REWRITES)
