"""A restored database that is not what was backed up is told apart, whatever differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from containers.backup.compare import differences

if TYPE_CHECKING:
    from tests.integration.backup.restore.conftest import Ground


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM bookings", "rows: public.bookings has 0 rows; the backup has 1"),
        ("UPDATE self SET parent = 1", "rows: public.self has 2 rows as the backup, and not the same ones"),
        ("DROP INDEX events_thing CASCADE", "indexes: public.events_thing is missing; the backup has "),
        ("ALTER TABLE hens OWNER TO restore_reader", "owners: relation public.hens is restore_reader; "),
        (
            "REVOKE SELECT ON guarded FROM restore_reader",
            "grants: relation public.guarded to restore_reader ",
        ),
        ("DROP EXTENSION pgcrypto", "extensions: pgcrypto is missing"),
        ("ALTER TABLE hens DROP CONSTRAINT hen_of", "constraints: hen_of on public.hens is missing"),
        ("SELECT setval('alone', 25)", "sequences: public.alone stands at 25; the backup before 15"),
        ("SELECT lo_unlink(700001)", "large objects: there are 1; the backup has 2"),
        (
            "SELECT lo_put(700001, 0, 'x')",
            "large objects: there are 2 as in the backup, and not the same ones",
        ),
        ("CREATE TABLE extra (id int)", "columns: public.extra.id is there and not in the backup: integer"),
        ("DROP TABLE hollow", "rows: public.hollow cannot be read: relation "),
        ("DROP POLICY own_rows ON guarded", "policies: own_rows on public.guarded is missing"),
        ("REFRESH MATERIALIZED VIEW not_yet", "views: public.not_yet is "),
        ("ALTER TYPE mood ADD VALUE 'new'", "types: public.mood is ENUM"),
    ],
)
def test_each_difference_is_named(ground: Ground, change: str, told: str) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.server.admin_connection(database.name) as connection:
        connection.execute(change.encode())
        found = differences(ground.manifest, connection, streams=2)
    assert [line for line in found if line.startswith(told)], found
