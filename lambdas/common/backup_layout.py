"""Where a backup's objects lie in a bucket. Pure; no key holds a name of a table, so any can be backed up.

backups/<database>/<id>/schema.dump.zst            pg_dump's archive of the schema, without a row
backups/<database>/<id>/data/000001.copy.zst       rows of one table, or of a part of one, as COPY writes them
backups/<database>/<id>/large-objects.dump.zst     pg_dump's archive of the large objects, if there are any
backups/<database>/<id>/manifest.json              written last: without it there is no backup
drills/<database>/<time>/started.json              a drill has begun
drills/<database>/<time>/report.json               it has ended, well or not
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

BACKUPS: Final = "backups/"
MANIFEST: Final = "manifest.json"
SCHEMA: Final = "schema.dump.zst"
LARGE_OBJECTS: Final = "large-objects.dump.zst"
DRILLS: Final = "drills/"
DRILL_STARTED: Final = "started.json"
DRILL_REPORT: Final = "report.json"
DRILL_FORMAT: Final = 1
"""Of both of a drill's documents."""

CLOCKS_DIFFER: Final = timedelta(hours=1)
"""What two clocks that are set by nobody in particular may differ by; what is later than this is to come."""

_MOMENT: Final = "%Y-%m-%dT%H%M%SZ"
_ID: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{6}Z)-[0-9a-f]{6}")


@dataclass(frozen=True, order=True)
class BackupId:
    """A backup's name, `2026-11-26T021003Z-4f1c2a`: in the order of time, and never given twice."""

    text: str

    @classmethod
    def new(cls, moment: datetime) -> Self:
        """Name a backup that begins at `moment`, which has a time zone; of older rows, by their moment."""
        return cls(f"{moment.astimezone(UTC):{_MOMENT}}-{secrets.token_hex(3)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name. Raises ValueError, in words for a person."""
        found = cls(text)
        try:
            if _ID.fullmatch(text) and found.moment:
                return found
        except ValueError:  # of the right form, and no moment: month 13
            pass
        raise ValueError(f"'{text}' is no backup's name: one looks like 2026-11-26T021003Z-4f1c2a")

    @property
    def moment(self) -> datetime:
        """When it was begun, in UTC."""
        return datetime.strptime(self.text[: self.text.rindex("-")], _MOMENT).replace(tzinfo=UTC)

    def __str__(self) -> str:
        return self.text


def newest_first(names: Iterable[str], *, now: datetime) -> list[BackupId]:
    """Read the names of backups.

    What is no backup's name is passed over, and so is one of the future, which a wrong clock or a hostile
    writer gives: it would come before every true backup for as long as nobody can delete it.
    """
    found: list[BackupId] = []
    for name in names:
        try:
            found.append(BackupId.parse(name))
        except ValueError:
            continue
    return sorted((one for one in found if one.moment <= now + CLOCKS_DIFFER), reverse=True)


def backups_of(database: str) -> str:
    """The prefix of every backup of a database."""
    return f"{BACKUPS}{database}/"


def prefix_of(database: str, backup: BackupId) -> str:
    """The prefix of one backup's objects."""
    return f"{backups_of(database)}{backup}/"


def data(number: int) -> str:
    """The key of rows, relative to the backup; `number` starts at 1."""
    return f"data/{number:06d}.copy.zst"


def drill_prefix(database: str, moment: datetime) -> str:
    """The prefix of one drill's two objects."""
    return f"{DRILLS}{database}/{moment.astimezone(UTC):{_MOMENT}}/"


def drill_moment(key: str) -> datetime:
    """When the drill began that wrote `key`, in UTC. Raises ValueError: it is no drill's."""
    return datetime.strptime(key.split("/")[-2], _MOMENT).replace(tzinfo=UTC)
