"""A tier of its own for each test: an empty database, and none of the design's roles on its server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from lambdas.bootstrap.roles.design import GROUPS
from tests.integration.bootstrap.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.plugins.servers import Database


@pytest.fixture
def tier(database: Database, tmp_path: Path) -> Iterator[Tier]:
    """Return what stands before the first bootstrap; the roles it made are removed afterwards."""
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    tier = Tier(database=database, migrations=migrations)
    yield tier
    with tier.admin() as connection:
        made = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) OR rolname LIKE '%%\\_clone'",
            [[*GROUPS, *tier.passwords, *tier.iam_logins]],
        ).fetchall()
        roles = sql.SQL(", ").join(sql.Identifier(role) for (role,) in made)
        if made:
            # Together: of a range and its multirange, which stays its maker's, neither goes alone.
            connection.execute(
                sql.SQL("DROP OWNED BY {roles} CASCADE; DROP ROLE {roles}").format(roles=roles)
            )
