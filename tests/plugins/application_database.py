"""The document's test database, as fixtures an application can copy as they stand.

A database of its own (its name ends in `_test`, anything else is refused), made new for each run from
`prisma/migrations`, and a transaction around each test that is rolled back. An application overrides one
fixture, `application_server`, or sets TEST_DATABASE_URL. Source: the document's "Test Database".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATIONS = Path(__file__).parents[2] / "prisma" / "migrations"
SUFFIX = "_test"


@pytest.fixture(scope="session")
def application_server() -> str:
    """Return the connection string of a server where a login may create databases."""
    return os.environ["TEST_DATABASE_URL"]


@pytest.fixture(scope="session")
def application_database(application_server: str) -> Iterator[str]:
    """Return the connection string of the test database, made new for this run and dropped after it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")  # workers of one run never share a database
    conninfo = reset(application_server, f"app_{worker}{SUFFIX}")
    yield conninfo
    drop(application_server, f"app_{worker}{SUFFIX}")


@pytest.fixture
def transaction(application_database: str) -> Iterator[psycopg.Connection]:
    """Return a connection inside a transaction; whatever the test writes is rolled back."""
    with psycopg.connect(application_database) as connection:
        yield connection
        connection.rollback()


def reset(server: str, name: str) -> str:
    """Drop the database `name`, create it and apply every migration; return its connection string."""
    drop(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    conninfo = make_conninfo("", **{**conninfo_to_dict(server), "dbname": name})
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for script in sorted(MIGRATIONS.glob("*/migration.sql")):
            connection.execute(script.read_bytes())
    return conninfo


def drop(server: str, name: str) -> None:
    """Drop the database `name` if it is a test database. Raises ValueError if its name says otherwise."""
    if not name.endswith(SUFFIX):
        raise ValueError(f"{name} is no test database: its name must end in {SUFFIX}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
