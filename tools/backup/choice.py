"""Which backup is meant by what a person types: its name, a moment, or `newest`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from containers.backup.errors import NoBackup
from lambdas.common.backup_layout import BackupId, newest_first
from tools.backup.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Sequence

NEWEST: Final = "newest"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of: a name, a moment that the backup's snapshot is not after, or neither: the newest."""

    name: BackupId | None = None
    moment: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Choice:
        """Read what was typed; a moment without a zone is UTC. Raises WrongInput."""
        if text == NEWEST:
            return cls()
        name = _name(text)
        if name is not None:
            return cls(name=name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise WrongInput(
                f"'{text}' is neither a backup's name, as `datatier backup list` shows them, nor a moment in "
                f"UTC such as 2026-11-26T09:30, nor '{NEWEST}'."
            ) from None
        return cls(moment=moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def candidates(self, backups: Sequence[BackupId], *, where: str, now: datetime) -> list[BackupId]:
        """Return those that may be meant, the best first; `where` is what messages call the place.

        Of a moment, those that were begun before it: whether its snapshot was too, only a manifest says. One
        that is named for the future is meant by nobody who does not name it.

        Raises:
            NoBackup: there is none at all, or none of that name.
        """
        if not backups:
            raise NoBackup(f"there is no complete backup in {where}. `datatier backup now` takes one.")
        if self.name is not None and self.name in backups:
            return [self.name]
        past = newest_first(map(str, backups), now=now)
        if not past:
            raise NoBackup(
                f"every backup in {where} is named for the future, such as {min(backups)}: a clock is wrong, "
                "this one's or the writer's, or somebody has laid it there. Restore it by its name if you "
                "trust it."
            )
        if self.name is not None:
            raise NoBackup(
                f"there is no complete backup {self.name} in {where}; the newest is {past[0]}. "
                "`datatier backup list` shows them all."
            )
        if self.moment is None:
            return past[:1]
        moment = self.moment
        return [one for one in past if one.moment <= moment]

    def too_early(self, backups: Sequence[BackupId], *, where: str) -> NoBackup:
        """Say that every backup is later than the moment."""
        moment = (self.moment or max(backups).moment).astimezone(UTC)
        return NoBackup(
            f"no backup in {where} was taken at or before {moment:%Y-%m-%d %H:%M:%S} UTC; the oldest is "
            f"{min(backups)}."
        )


def _name(text: str) -> BackupId | None:
    try:
        return BackupId.parse(text)
    except ValueError:
        return None
