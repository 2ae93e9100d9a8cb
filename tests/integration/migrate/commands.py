"""What the tests of `datatier migrate` type, and where: a database's URL, a folder, the answer."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from typer.testing import CliRunner

from tools.cli.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typer.testing import Result

    from tests.plugins.servers import Database

REAL_COMMAND = [sys.executable, "-c", "from tools.cli import main; main()", "migrate"]


@dataclass(frozen=True, kw_only=True)
class Commands:
    """One database, one folder, one login."""

    database: Database
    folder: Path
    username: str
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """The URL that a person would set."""
        server = self.database.server
        credentials = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"
        return (
            f"postgresql://{credentials}@{server.host}:{server.port}/{self.database.name}"
            f"?schema=public&sslrootcert={quote(str(server.ca_path), safe='')}"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment, whatever the tests were started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"DATABASE_URL": self.url, "COLUMNS": "300"}

    def type(
        self, command: str, *arguments: str, url: str | None = None, folder: Path | None = None
    ) -> Result:
        """Run one command in this process."""
        variables = self.environment | ({} if url is None else {"DATABASE_URL": url})
        return CliRunner().invoke(
            migrate, [command, "--migrations", str(folder or self.folder), *arguments], env=variables
        )

    def write(self, scripts: Mapping[str, str]) -> None:
        """Write migrations: name to script."""
        for name, script in scripts.items():
            path = self.folder / name
            path.mkdir(parents=True, exist_ok=True)
            (path / "migration.sql").write_text(script, encoding="utf-8")

    def column(self, query: str) -> list[str]:
        """The first column of a query, seen by the server's superuser."""
        with self.database.server.admin_connection(self.database.name) as connection:
            return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]

    def tables(self) -> list[str]:
        """The tables of the schema public, but for the record of migrations."""
        return self.column(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename <> '_prisma_migrations' ORDER BY 1"
        )


def commands_of(database: Database, folder: Path) -> Commands:
    """As the master, who owns the database."""
    return Commands(
        database=database,
        folder=folder,
        username=database.master_username,
        password=database.master_password,
    )
