"""A database of everything that is hard to back up comes back the same, by a master that is no superuser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from containers.backup.compare import differences

if TYPE_CHECKING:
    from tests.integration.backup.restore.conftest import Ground


def test_everything_comes_back_the_same(ground: Ground) -> None:
    database = ground.new_database()
    done = ground.restore(database)
    with database.server.admin_connection(database.name) as connection:
        assert differences(ground.manifest, connection, streams=2) == []
    assert done.rows == ground.manifest.rows
    assert done.tables == len(ground.manifest.tables)
