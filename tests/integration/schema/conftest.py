"""Databases with the project's own migrations, empty and seeded, on the local PostgreSQL with RDS's limits.

The seed runs once a session, by the command that a person types and as a login that may only read, insert and
delete rows. Every test looks through a transaction that is rolled back.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.integration.schema.seeding import Seeding
from tests.plugins.application_database import drop, reset
from tests.plugins.servers import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.servers.postgres import PostgresServer

SCALE = 20  # about 40,000 rows: enough for the planner to prefer an index

GRANTS = sql.SQL("GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO {}")


@pytest.fixture(scope="session")
def schema_server(rds: PostgresServer, master_password: str) -> str:
    """Return the master's connection string."""
    return make_conninfo(
        host=rds.host, port=rds.port, user=MASTER, password=master_password, dbname="postgres",
        sslmode="verify-full", sslrootcert=str(rds.ca_path),
    )  # fmt: skip


def _database(server: str, purpose: str, authority: Path) -> Iterator[Seeding]:
    """Create a migrated database and a login that may only read, insert and delete; remove both after."""
    name = f"schema_{purpose}_{secrets.token_hex(4)}_test"
    login, password = f"seeder_{secrets.token_hex(4)}", "a/b@c:d%e#" + secrets.token_urlsafe(12)
    owner = reset(server, name)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(login), sql.Literal(password))
        )
        connection.execute(GRANTS.format(sql.Identifier(login)))
    conninfo = make_conninfo("", **{**conninfo_to_dict(owner), "user": login, "password": password})
    yield Seeding(owner=owner, login=conninfo, authority=authority)
    drop(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


@pytest.fixture
def unseeded(schema_server: str, rds: PostgresServer) -> Iterator[Seeding]:
    """Return a migrated database of the test's own, without rows."""
    yield from _database(schema_server, "unseeded", rds.ca_path)


@pytest.fixture(scope="session")
def seeded(schema_server: str, rds: PostgresServer) -> Iterator[Seeding]:
    """Return the session's seeded and analyzed database. Tests only read it, or roll back."""
    for seeding in _database(schema_server, "seeded", rds.ca_path):
        done = seeding.run("--scale", str(SCALE), program=("pnpm", "prisma", "db", "seed", "--"))
        assert done.returncode == 0, done.stdout + done.stderr
        with psycopg.connect(seeding.owner, autocommit=True) as connection:
            connection.execute("ANALYZE")
        yield seeding


@pytest.fixture
def connection(seeded: Seeding) -> Iterator[psycopg.Connection]:
    """Return the owner's connection to the seeded database; whatever the test writes is rolled back."""
    with psycopg.connect(seeded.owner) as connection:
        yield connection
        connection.rollback()
