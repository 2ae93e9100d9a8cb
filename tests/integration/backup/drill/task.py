"""A drill as a process of PostgreSQL's account, over backups in a folder: `python -m …task PLAN`.

Real server, real engine of migrations. What is restored is a script of SQL, so that only the drill is tried;
with `sabotage` of the plan it is a real backup, and those statements come between restore and comparison.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from containers.backup.compare import differences
from containers.backup.drill import space
from containers.backup.drill.course import Done, Ground, drill
from containers.backup.drill.report import Report, encode, encode_start
from containers.backup.drill.run import restored
from containers.backup.errors import StoreUnreachable
from containers.backup.programs import Programs
from lambdas.common.backup_layout import DRILL_REPORT, DRILL_STARTED, BackupId, drill_prefix, prefix_of
from lambdas.common.errors import DatatierError
from tools.backup.folder_store import FolderStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from psycopg import Connection

    from containers.backup.drill.scratch import Scratch
    from containers.backup.manifest import Manifest
    from containers.backup.store import Store

PAUSE_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Shelves:
    """Reports in a folder; it may be one that cannot be reached."""

    folder: Path
    database: str
    reachable: bool
    stop_at_report: bool

    def begin(self, started_at: datetime) -> None:
        self._write(started_at, DRILL_STARTED, encode_start(started_at))

    def finish(self, report: Report) -> None:
        if self.stop_at_report:
            os.kill(os.getpid(), signal.SIGTERM)
        self._write(report.started_at, DRILL_REPORT, encode(report))

    def _write(self, started_at: datetime, name: str, document: bytes) -> None:
        if not self.reachable:
            raise StoreUnreachable("the bucket gives no answer.")
        path = self.folder / drill_prefix(self.database, started_at) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document)


class PlainLog:
    """Lines on stdout."""

    def info(self, msg: str, **facts: object) -> None:
        print(f"INFO {msg} {facts}", flush=True)  # noqa: T201  the test reads it

    def warning(self, msg: str, **facts: object) -> None:
        print(f"WARNING {msg} {facts}", flush=True)  # noqa: T201  the test reads it


def keys_of(folder: Path, database: str, backup: BackupId) -> set[str]:
    """List a backup of the folder."""
    place = folder / prefix_of(database, backup)
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


def main(plan: Mapping[str, Any]) -> int:
    """Run one drill as `plan` says; the end is the task's own."""
    folder = Path(plan["folder"])
    space.RESERVE_BYTES = plan.get("reserve", space.RESERVE_BYTES)

    programs, log = Programs.of(os.environ), PlainLog()

    def restore_truly(store: Store, backup: BackupId, database: Scratch) -> Done:
        done = restored(store, backup, database, programs=programs, streams=2, log=log)
        with database.connect() as connection:
            for statement in plan["sabotage"]:
                connection.execute(statement.encode())
        return done

    def restore(store: Store, backup: BackupId, database: Scratch) -> Done:
        manifest = store.manifest(backup)
        for stored in manifest.objects:
            for block in store.read(backup, stored):
                with database.connect() as connection:
                    connection.execute(block)
        if plan.get("hold"):
            Path(plan["hold"]).touch()
            while True:
                time.sleep(PAUSE_SECONDS)
        return Done(rows=manifest.rows, restored_bytes=4096)

    def compare(_manifest: Manifest, connection: Connection) -> list[str]:
        found = connection.execute(plan.get("compare", "SELECT NULL WHERE false")).fetchall()
        return [str(row[0]) for row in found]

    truly = "sabotage" in plan
    ground = Ground(
        store=FolderStore(folder, database=plan["database"]),
        keys=partial(keys_of, folder, plan["database"]),
        reports=Shelves(
            folder=folder,
            database=plan["database"],
            reachable=plan.get("reachable", True),
            stop_at_report=plan.get("stop_at_report", False),
        ),
        programs=programs,
        directory=Path(plan["scratch"]),
        restore=restore_truly if truly else restore,
        compare=partial(differences, streams=2) if truly else compare,
        migrations=Path(plan["migrations"]) if plan.get("migrations") else None,
    )
    try:
        drill(ground, log=log, tell=lambda report: print(f"TOLD {report.succeeded}", flush=True))  # noqa: T201  the test reads it
    except DatatierError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
