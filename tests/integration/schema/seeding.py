"""A database for the seed, and the seed's own program run against it. It decides nothing about either."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]

# The set-up's Node and pnpm come before the machine's own.
PATH = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"


@dataclass(frozen=True, kw_only=True)
class Seeding:
    """A database with all migrations applied, and a way to run the seed against it."""

    owner: str
    login: str
    authority: Path

    def url(self, **changes: str) -> str:
        """Return DATABASE_URL for the login that seeds."""
        parts = {**conninfo_to_dict(self.login), **changes}
        parameters = f"sslmode=verify-full&sslrootcert={quote(str(parts.get('sslrootcert', self.authority)))}"
        login = f"{parts['user']}:{quote(str(parts['password']), safe='')}"
        return f"postgresql://{login}@{parts['host']}:{parts['port']}/{parts['dbname']}?{parameters}"

    def run(
        self, *options: str, program: Sequence[str] = ("node", "prisma/seed/main.mjs"), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the seed, with nothing in its environment that the test did not put there."""
        home = os.environ.get("HOME", "/")
        return subprocess.run(  # noqa: S603  (the project's own program, no shell)
            [*program, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
            env={"PATH": PATH, "HOME": home, "DATABASE_URL": self.url(), **environment},
        )  # fmt: skip
