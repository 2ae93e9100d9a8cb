"""The reports that drills leave in the replica's bucket: the newest one, and what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from containers.backup.errors import BackupInvalid
from containers.backup.s3_errors import worded
from lambdas.common.backup_layout import DRILL_FORMAT, DRILL_REPORT, DRILLS, drill_moment
from tools.backup.errors import NotSetUp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tools.backup.places import Vault


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A pending migration that was applied to the restored copy: seconds, and locks as `MODE on table`."""

    name: str
    seconds: float
    locks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DrillReport:
    """A drill's report, read; `document` is the whole of it. What the drill did not come to is None."""

    document: Mapping[str, Any]
    migrations: tuple[Migration, ...] | None

    @property
    def succeeded(self) -> bool:
        """Whether the backup was restored and is what was backed up."""
        return self.document.get("succeeded") is True

    def text(self, name: str) -> str:
        """A text of it, or `""`."""
        return str(self.document.get(name) or "")

    def number(self, name: str) -> float | None:
        """A number of it."""
        value = self.document.get(name)
        return float(value) if isinstance(value, int | float) else None

    def lines(self, name: str) -> list[str]:
        """A list of texts of it."""
        return [str(one) for one in cast("list[object]", self.document.get(name) or [])]


def read_report(text: bytes, *, name: str) -> DrillReport:
    """Read a report; `name` is what messages call it. Raises BackupInvalid."""
    try:
        document: dict[str, Any] = json.loads(text)
        if document["format"] != DRILL_FORMAT:
            raise BackupInvalid(
                f"the report {name} has format {document['format']}; this release reads {DRILL_FORMAT}."
            )
        migrations = document.get("migrations")
        return DrillReport(
            document=document,
            migrations=None if migrations is None else tuple(map(_migration, migrations)),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupInvalid(f"the report {name} is not one ({type(error).__name__}): run a drill.") from None


def newest_report(vault: Vault, *, since: datetime | None = None) -> DrillReport:
    """Return the report of the newest drill that has one, begun at `since` or later.

    Raises:
        NotSetUp: there is none.
        BackupInvalid, StoreError: as their names say.
    """
    prefix = f"{DRILLS}{vault.database}/"
    client = vault.cloud.s3()
    reports: dict[datetime, str] = {}
    with worded(f"listing the drills of {vault.title}"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=vault.bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                key = one.get("Key", "")
                moment = _moment(key)
                if key.endswith(f"/{DRILL_REPORT}") and moment and (since is None or moment >= since):
                    reports[moment] = key
        if not reports:
            raise NotSetUp(f"no drill has left a report in {vault.title}: its log says why.")
        key = reports[max(reports)]
        return read_report(client.get_object(Bucket=vault.bucket, Key=key)["Body"].read(), name=key)


def _migration(one: Mapping[str, Any]) -> Migration:
    locks = tuple(f"{lock['mode']} on {lock['table']}" for lock in one["locks"])
    return Migration(name=one["name"], seconds=float(one["seconds"]), locks=locks)


def _moment(key: str) -> datetime | None:
    try:
        return drill_moment(key)
    except ValueError:
        return None
