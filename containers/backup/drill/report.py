"""What a drill found, as a document. Pure; `encode` is its only form, and it never holds a row or a secret.

`succeeded` speaks of the backup alone: a pending migration that fails is told beside it and takes nothing
back, for the backup could be restored and was the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from lambdas.common.backup_layout import DRILL_FORMAT


@dataclass(frozen=True, order=True, kw_only=True)
class Lock:
    """A lock on a table, and its mode in SQL's words: `ACCESS EXCLUSIVE`."""

    table: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One migration that was applied to the restored copy: how long it ran, and what it locked meanwhile."""

    name: str
    seconds: float
    locks: tuple[Lock, ...]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The pending migrations that were applied, in order, and why the next one was not, or None."""

    migrations: tuple[Tried, ...]
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """One drill. Times have a time zone; what it did not come to is None, and `backup` too if there was none.

    `rpo_seconds` is how old the backup's snapshot was when the drill began: what would have been lost then.
    `rto_seconds` runs from looking for the backup until everything was restored and compared. `unsound` is
    whether the backup by itself is not as it should be; it is not in the document.
    """

    backup: str | None
    started_at: datetime
    finished_at: datetime
    rpo_seconds: float | None = None
    rto_seconds: float | None = None
    rows: int | None = None
    restored_bytes: int | None = None
    differences: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    trial: Trial | None = None
    error: str | None = None
    unsound: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the backup was restored and is what was backed up."""
        return self.error is None and not self.differences

    @property
    def judges(self) -> bool:
        """Whether it speaks of the backup, and not of what the place of the drill lacks."""
        return self.succeeded or bool(self.differences) or self.unsound


def encode(report: Report) -> bytes:
    """Return the document, JSON in UTF-8: `migrations` is null where none were asked for."""
    trial = report.trial
    return _json(
        {
            "format": DRILL_FORMAT,
            "backup": report.backup,
            "succeeded": report.succeeded,
            "started_at": _moment(report.started_at),
            "finished_at": _moment(report.finished_at),
            "rpo_seconds": _rounded(report.rpo_seconds),
            "rto_seconds": _rounded(report.rto_seconds),
            "rows": report.rows,
            "restored_bytes": report.restored_bytes,
            "differences": list(report.differences),
            "remarks": list(report.remarks),
            "migrations": None if trial is None else [asdict(one) for one in trial.migrations],
            "migrations_error": None if trial is None else trial.error,
            "error": report.error,
        }
    )


def encode_start(started_at: datetime) -> bytes:
    """Return what a drill writes before it does anything: if no report follows, it was killed."""
    return _json({"format": DRILL_FORMAT, "started_at": _moment(started_at)})


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
