"""A tier of its own for each test: an empty database, and none of the design's roles on its server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from lambdas.bootstrap.roles.design import GROUPS, OWNER
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
        # The owner first: of a range and its multirange, which stays its maker's, the latter cannot go alone.
        made = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) OR rolname LIKE '%%\\_clone' "
            "ORDER BY rolname <> %s",
            [[*GROUPS, *tier.passwords, *tier.iam_logins], OWNER],
        ).fetchall()
        for (role,) in made:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(role)))
        for (role,) in made:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
