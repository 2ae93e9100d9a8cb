"""One database and its two masters: the real Prisma CLI, and the bootstrap's engine. It judges nothing."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.plan import plan_history
from lambdas.bootstrap.migrations.resolve import mark_applied, mark_rolled_back
from lambdas.bootstrap.roles.design import OWNER
from tools.prisma.cli import PrismaProject

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from lambdas.bootstrap.migrations.run import Result
    from tests.integration.bootstrap.tier import Tier

RECORDS = (
    "SELECT id, migration_name, checksum, logs, rolled_back_at IS NOT NULL, finished_at IS NOT NULL, "
    "coalesce(started_at <= finished_at, true), started_at = finished_at, applied_steps_count "
    "FROM _prisma_migrations ORDER BY started_at"
)
_CODE = re.compile(r"P\d{4}")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the CLI answered: its exit code, the Prisma code in its error if there is one, all of its text."""

    exit_code: int
    code: str | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row of `_prisma_migrations`, without its id and its times.

    `instant` says that it ended when it began: Prisma counts milliseconds, so a quick script may.
    """

    name: str
    checksum: str
    logs: str | None = field(compare=False)
    logged: str
    rolled_back: bool
    finished: bool
    instant: bool = field(compare=False)
    steps: int


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The two, over one tier."""

    tier: Tier
    folder: Path

    @property
    def project(self) -> PrismaProject:
        """The CLI's view, with the login that migrations are for."""
        server, password = self.tier.database.server, quote(self.tier.passwords["migrator"], safe="")
        trust = f"sslmode=verify-full&sslrootcert={quote(str(server.ca_path))}"
        place = f"{server.host}:{server.port}/{self.tier.database.name}"
        return PrismaProject(
            folder=self.folder, migrations=self.tier.migrations,
            url=f"postgresql://migrator:{password}@{place}?{trust}",
        )  # fmt: skip

    def prisma(self, *arguments: str) -> Said:
        """Run `prisma migrate ARGUMENTS`."""
        return self.judged(self.project.run("migrate", *arguments))

    def judged(self, done: subprocess.CompletedProcess[str]) -> Said:
        """Read what a run of the CLI printed; none of it may be a password."""
        text = done.stdout + done.stderr
        password = self.tier.passwords["migrator"]
        assert password not in text
        assert quote(password, safe="") not in text
        code = _CODE.search(done.stderr)
        return Said(exit_code=done.returncode, code=code.group() if code else None, text=text)

    def engine(self) -> Result:
        """Run the bootstrap."""
        return self.tier.bootstrap()

    def pending(self) -> list[str]:
        """What the engine says is still to be applied."""
        history = read_history(self.tier.migrations)
        with self.tier.connect("migrator") as connection:
            return [one.name for one in plan_history(history, Ledger(connection).rows()).pending]

    def resolve(self, *, applied: str = "", rolled_back: str = "", seconds: float = 20) -> None:
        """Resolve a migration with the engine's own functions."""
        with self.tier.connect("migrator") as connection:
            if applied:
                history = read_history(self.tier.migrations)
                mark_applied(
                    connection, history=history, name=applied, owner=OWNER, lock_wait_seconds=seconds
                )
            else:
                mark_rolled_back(connection, name=rolled_back, owner=OWNER, lock_wait_seconds=seconds)

    def write(self, scripts: Mapping[str, str]) -> None:
        """Write migrations: name to script."""
        self.tier.write(scripts)

    def records(self) -> list[Record]:
        """All rows, oldest first; ids are checked to be what Prisma makes, and times to be in order."""
        with self.tier.admin() as connection:
            rows = connection.execute(RECORDS).fetchall()
        assert all(uuid.UUID(row[0]).version == 4 and row[6] for row in rows)
        return [
            Record(
                name=row[1], checksum=row[2], logs=row[3], rolled_back=row[4], finished=row[5],
                instant=bool(row[7]), steps=row[8],
                logged="NULL" if row[3] is None else "a text" if row[3] else "empty",
            )
            for row in rows
        ]  # fmt: skip


def applied(name: str, script: str) -> Record:
    """Return the row of a migration that was run, as Prisma keeps it."""
    return Record(
        name=name, checksum=hashlib.sha256(script.encode()).hexdigest(), logs=None, logged="NULL",
        rolled_back=False, finished=True, instant=False, steps=1,
    )  # fmt: skip
