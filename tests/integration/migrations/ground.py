"""Databases that stand where the migrations begin: the roles are there, nothing has been applied.

They are copies of one template, on a server of this folder's own, which may be stopped or its sessions cut.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from psycopg import sql

from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.roles.design import OWNER
from tests.integration.bootstrap.tier import Tier
from tests.plugins.servers import MASTER, Database
from tools.servers.postgres_cluster import create_database

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import psycopg

    from tools.servers.postgres import PostgresServer

TEMPLATE = "prepared"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A server whose roles are made, and the database that others are copied from."""

    server: PostgresServer
    master_password: str = field(repr=False)
    passwords: dict[str, str] = field(
        repr=False,
        # As generated ones are, plus what breaks naive quoting.
        default_factory=lambda: {login: f"p'\"%\\:{secrets.token_urlsafe(16)}" for login in LOGINS},
    )

    def lay(self, empty: Path) -> None:
        """Bootstrap the server once, with no migrations at all: `empty` is a folder for them."""
        with self.server.admin_connection() as admin:
            create_database(admin, TEMPLATE, owner=MASTER)
        self.tier(TEMPLATE, empty).bootstrap()
        with self.server.admin_connection(TEMPLATE) as template:
            template.execute("DROP TABLE IF EXISTS _prisma_migrations")

    @cached_property
    def admin(self) -> psycopg.Connection:
        """One session of the superuser for all tests of a process."""
        return self.server.admin_connection()

    def tier(self, name: str, migrations: Path) -> Tier:
        """Describe the database `name` of this server, with the logins that all of them share."""
        database = Database(
            server=self.server, name=name, master_username=MASTER, master_password=self.master_password
        )
        return Tier(database=database, migrations=migrations, passwords=self.passwords)

    def copy(self, migrations: Path, *, tablespace: str = "pg_default") -> Tier:
        """Make a new database."""
        tier = self.tier(f"case_{secrets.token_hex(6)}", migrations)
        name = sql.Identifier(tier.database.name)
        self.admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} TABLESPACE {}").format(
                name, sql.Identifier(TEMPLATE), sql.Identifier(MASTER), sql.Identifier(tablespace)
            )
        )
        # A database's own privileges are not copied with it.
        self.admin.execute(
            sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}").format(
                name, sql.Identifier(OWNER)
            )
        )
        return tier

    @contextmanager
    def fresh(self, migrations: Path, *, tablespace: str = "pg_default") -> Generator[Tier]:
        """Give a new database, dropped at the end."""
        tier = self.copy(migrations, tablespace=tablespace)
        try:
            yield tier
        finally:
            self.admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(tier.database.name))
            )
