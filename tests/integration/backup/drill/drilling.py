"""Lays backups into a folder, runs drills over them as PostgreSQL's account, and reads what they leave."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sysconfig
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from containers.backup.manifest import Manifest, StoredObject, encode
from lambdas.common.backup_layout import DRILL_REPORT, DRILL_STARTED, MANIFEST, BackupId, prefix_of
from tools.servers import binaries
from tools.servers.accounts import hand_over, run_as
from tools.servers.pythons import lent_python
from tools.state import repository_root

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
OLDER = "2026-11-25T021003Z-aaaaaa"
NEWEST = "2026-11-26T021003Z-4f1c2a"
SCHEMA = "CREATE TABLE public.shops (id int PRIMARY KEY, name text); INSERT INTO public.shops VALUES (1, 'Ä')"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a drill's process has ended, and what it has said and reported."""

    code: int
    said: str
    complaint: str
    started: dict[str, Any] | None
    report: dict[str, Any] | None


def manifest_of(script: str, *, backup: str = NEWEST) -> Manifest:
    """The manifest of a backup whose schema is a script of SQL."""
    content = script.encode()
    schema = StoredObject(
        key="schema.sql", stored_bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    return Manifest(
        backup=backup,
        database="shop",
        database_bytes=1024,
        encoding="UTF8",
        collation="C.UTF-8",
        server_version=150018,
        source="db.example",
        snapshot="00000003-0000001B-1",
        snapshot_at="2026-11-26T02:10:04+00:00",
        finished_at="2026-11-26T02:11:00+00:00",
        schema=schema,
        tables=(),
        sequences=(),
        large_objects=None,
        roles=("datatier_owner",),
        facts={"extensions": {"plpgsql": "1.0"}},
    )


@dataclass(kw_only=True)
class Drilling:
    """A folder of backups and reports, and a scratch directory."""

    folder: Path
    scratch: Path
    database: str = "shop"
    plan: dict[str, Any] = field(default_factory=dict[str, Any])

    def lay(self, script: str = SCHEMA, *, backup: str = NEWEST, **changes: Any) -> Path:  # noqa: ANN401  fields
        """Lay a backup into the folder; return its own folder."""
        manifest = replace(manifest_of(script, backup=backup), **changes)
        place = self.folder / prefix_of(self.database, BackupId.parse(backup))
        place.mkdir(parents=True)
        (place / manifest.schema.key).write_text(script, encoding="utf-8")
        (place / MANIFEST).write_bytes(encode(manifest))
        return place

    def start(self, *wrapper: str, **plan: Any) -> subprocess.Popen[str]:  # noqa: ANN401  a plan is JSON
        """Start a drill."""
        programs = binaries.postgres()
        document = (
            self.plan
            | plan
            | {
                "folder": str(self.folder),
                "scratch": str(self.scratch),
                "database": self.database,
                "programs": str(programs.directory),
                "libraries": programs.libraries,
            }
        )
        variables = {
            "PYTHONPATH": os.pathsep.join([str(repository_root()), sysconfig.get_path("purelib")]),
            "POSTGRES_PROGRAMS": str(programs.directory),
            "POSTGRES_LIBRARIES": programs.libraries.get("LD_LIBRARY_PATH", ""),
        }
        path = self.folder / "plan.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        hand_over(path)
        hand_over(self.folder / "backups")
        return subprocess.Popen(  # noqa: S603  this project's own code, no shell
            [*wrapper, lent_python(), "-B", "-m", "tests.integration.backup.drill.task", str(path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=repository_root(),
            env=programs.environment_at(self.folder) | variables, **run_as(),
        )  # fmt: skip

    def run(self, **plan: Any) -> Ended:  # noqa: ANN401  a plan is JSON
        """Run a drill to its end."""
        return self.ended(self.start(**plan))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the end of a drill."""
        said, complaint = process.communicate(timeout=WAIT_SECONDS)
        return Ended(
            code=process.returncode,
            said=said,
            complaint=complaint,
            started=self.newest(DRILL_STARTED),
            report=self.newest(DRILL_REPORT),
        )

    def newest(self, name: str) -> dict[str, Any] | None:
        """The last document of that name."""
        found = sorted((self.folder / "drills").rglob(name))
        return json.loads(found[-1].read_text(encoding="utf-8")) if found else None

    def hold(self, *wrapper: str) -> subprocess.Popen[str]:
        """Start a drill and return when it has restored and goes no further."""
        marker = self.folder / "held"
        marker.unlink(missing_ok=True)
        process = self.start(*wrapper, hold=str(marker))
        deadline = time.monotonic() + WAIT_SECONDS
        while not marker.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)
        return process

    def servers(self) -> list[int]:
        """Processes that live in the scratch directory."""
        return [pid for pid, place in _places() if place.is_relative_to(self.scratch)]

    def nothing_is_left(self) -> bool:
        """Whether the scratch directory is empty and nobody lives in it; waits for what ends by itself."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.servers() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return not self.servers() and not list(self.scratch.iterdir())


def _places() -> list[tuple[int, Path]]:
    """Every process with the folder that it is in."""
    found: list[tuple[int, Path]] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(entry.name), (entry / "cwd").readlink()))
        except OSError:
            continue
    return found
