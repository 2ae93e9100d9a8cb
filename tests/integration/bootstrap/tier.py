"""One empty database and what a bootstrap needs around it: secrets, a place for migrations, a log."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.bootstrap.environment import LOGINS, Environment
from lambdas.bootstrap.run import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import psycopg

    from lambdas.bootstrap.migrations.run import Result
    from lambdas.bootstrap.roles.design import Access
    from tests.plugins.servers import Database


@dataclass
class RecordedLog:
    """A log that a test can read."""

    lines: list[str] = field(default_factory=list[str])

    def info(self, msg: str, **facts: object) -> None:
        self.lines.append(f"INFO {msg} {facts}")

    def warning(self, msg: str, **facts: object) -> None:
        self.lines.append(f"WARNING {msg} {facts}")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Tier:
    """What the stacks would have made before the bootstrap runs."""

    database: Database
    migrations: Path
    name: str = "dev"
    log: RecordedLog = field(default_factory=RecordedLog)
    extensions: tuple[str, ...] = ("pg_stat_statements",)
    iam_logins: dict[str, Access] = field(default_factory=lambda: {"engineer": "readonly"})
    passwords: dict[str, str] = field(
        repr=False,
        # As generated ones are, plus what breaks naive quoting.
        default_factory=lambda: {login: f"p'\"%\\:{secrets.token_urlsafe(16)}" for login in LOGINS},
    )
    users: dict[str, str] = field(default_factory=lambda: {login: login for login in LOGINS})

    def document(self, login: str) -> str:
        """The secret document of a login, or of the master."""
        username, password = (
            (self.database.master_username, self.database.master_password)
            if login == "master"
            else (self.users[login], self.passwords[login])
        )
        return json.dumps(
            {
                "engine": "postgres",
                "host": self.database.server.host,
                "port": self.database.server.port,
                "dbname": self.database.name,
                "username": username,
                "password": password,
            }
        )

    def current(self, arn: str) -> str:
        """The tier is its own store of secrets: what a test changes is read by a bootstrap that runs."""
        return self.document(arn)

    def pending(self, _arn: str) -> str | None:
        """Nothing rotates."""
        return None

    def bootstrap(self, *, migrations: Path | None = None, ca_bundle: Path | None = None) -> Result:
        """Run the bootstrap as the Lambda's handler does."""
        environment = Environment(
            name=self.name,
            master_secret_arn="master",  # noqa: S106  the name of a secret
            login_secret_arns={login: login for login in LOGINS},
            extensions=self.extensions,
            iam_logins=self.iam_logins,
        )
        return bootstrap(
            environment,
            store=self,
            log=self.log,
            migrations=migrations or self.migrations,
            ca_bundle=ca_bundle or self.database.server.ca_path,
        )

    def connect(self, login: str) -> psycopg.Connection:
        """Log in as one of the logins, as its application does."""
        return self.database.connect(self.users[login], self.passwords[login])

    def admin(self) -> psycopg.Connection:
        """The server's own superuser in this database: only to look, and to spoil things as RDS could."""
        return self.database.server.admin_connection(self.database.name)

    def write(self, scripts: Mapping[str, str]) -> None:
        """Write migrations: name to script."""
        for name, script in scripts.items():
            folder = self.migrations / name
            folder.mkdir(exist_ok=True)
            (folder / "migration.sql").write_text(script, encoding="utf-8", newline="")

    def applied(self) -> list[str]:
        """Names of finished migrations, in the order they were applied."""
        return self.column(
            "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY "
            "finished_at",
        )

    def column(self, query: str) -> list[str]:
        """The first column of a query, seen by the superuser."""
        with self.admin() as connection:
            return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]
