"""Runs the real Prisma CLI over a folder of migrations, with the schema engine that stands beside this file.

It never downloads anything and never writes into the folder of migrations.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tools.prisma.programs import environment, program

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA: Final = 'datasource db {\n  provider = "postgresql"\n}\n'
_PATIENCE_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class PrismaProject:
    """What the CLI needs to know: a folder of its own for its configuration, a history, a database's URL."""

    folder: Path
    migrations: Path
    url: str = field(repr=False)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `prisma ARGUMENTS` to its end; the output holds no password."""
        return ended(self.start(*arguments))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `prisma ARGUMENTS` and return at once."""
        self._write_configuration()
        return subprocess.Popen(  # noqa: S603  (the CLI that the lock file pins, no shell)
            [program("prisma"), *arguments], cwd=self.folder, env=environment(self.url),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "schema.prisma").write_text(_SCHEMA)
        # The URL stays in the environment: a file may outlive its purpose.
        (self.folder / "prisma.config.mjs").write_text(
            "export default {\n"
            '  schema: "schema.prisma",\n'
            f"  migrations: {{ path: {json.dumps(str(self.migrations))} }},\n"
            "  datasource: { url: process.env.DATABASE_URL },\n"
            "};\n"
        )


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for the end of what `start` returned. Raises TimeoutExpired after two minutes, and stops it."""
    with process:
        try:
            stdout, stderr = process.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
