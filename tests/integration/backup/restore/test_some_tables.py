"""Some tables of a backup come back into a database that has the rest, with all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from containers.backup.compare import Before, differences
from containers.backup.errors import RestoreError, TargetRefused
from tools.backup.chosen_part import part_of

if TYPE_CHECKING:
    from tests.integration.backup.restore.conftest import Ground
    from tests.plugins.servers import Database

TABLE = 'Größe "x".Tabelle; -- \' "q"'
QUOTED = '"Größe ""x"""."Tabelle; -- \' ""q"""'


def left(ground: Ground, database: Database) -> list[str]:
    with database.server.admin_connection(database.name) as connection:
        return differences(ground.manifest, connection, streams=2)


def of_part(ground: Ground, database: Database, tables: list[str]) -> list[str]:
    """Compare as the command does, what was restored alone."""
    part = part_of(ground.manifest, tables)
    assert part.tables
    assert part.facts["columns"] or tables == ["public.hollow"]
    with database.server.admin_connection(database.name) as connection:
        return differences(part, connection, streams=2, before=Before())


@pytest.fixture(scope="module")
def whole(ground: Ground) -> Database:
    database = ground.new_database()
    ground.restore(database)
    return database


@pytest.mark.parametrize(
    ("dropped", "tables"),
    [
        (QUOTED, [TABLE]),
        ("public.bookings, public.self", ["public.bookings", "public.self"]),
        ("public.hollow, public.forgetful", ["public.forgetful", "public.hollow"]),
        ("public.guarded", ["public.guarded"]),
        ("public.of_events", ["public.of_events"]),
        ('public.of_events, public."events 2026"', ["public.events 2026", "public.of_events"]),
        ("public.derived", ["public.derived"]),
        ("public.base, public.derived", ["public.base", "public.derived"]),
        ("public.hens, public.eggs", ["public.hens", "public.eggs"]),
    ],
)
def test_a_dropped_table_comes_back_with_all_that_belongs_to_it(
    ground: Ground, whole: Database, dropped: str, tables: list[str]
) -> None:
    with whole.connect() as connection:
        connection.execute(f"DROP TABLE {dropped}".encode())
    assert left(ground, whole)
    assert any(line.startswith("columns") for line in of_part(ground, whole, tables))
    done = ground.restore(whole, tables=tables)
    assert left(ground, whole) == []
    assert of_part(ground, whole, tables) == []
    assert done.left_out == ()
    assert done.rows == sum(t.rows for t in ground.manifest.tables if t.identity in tables)


def test_what_others_had_on_a_table_is_named_and_not_restored(ground: Ground) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.connect() as connection:
        connection.execute("DROP TABLE things CASCADE")
    done = ground.restore(database, tables=["public.things"])
    assert any(
        "fk constraint public.events" in line and "events_thing_fkey" in line for line in done.left_out
    )
    assert "view public.first_view" in done.left_out
    assert of_part(ground, database, ["public.things"]) == []
    remaining = left(ground, database)
    assert not [line for line in remaining if line.startswith(("rows", "sequences: public.t", "columns"))]
    kept = [line for line in remaining if "events_thing_fkey" not in line and "view" not in line]
    assert all("A first one" in line or "A later one" in line for line in kept), kept


def test_a_partitioned_table_brings_its_partitions(ground: Ground) -> None:
    database = ground.new_database()
    ground.restore(database)
    with database.connect() as connection:
        connection.execute("DROP TABLE events CASCADE")
    done = ground.restore(database, tables=["public.events"])
    assert done.tables == len(part_of(ground.manifest, ["public.events"]).tables) == 4
    assert of_part(ground, database, ["public.events"]) == []
    assert [line for line in left(ground, database) if "of_events" not in line] == []
    assert any("of_events" in line for line in done.left_out)


def test_a_table_that_is_there_is_refused_and_kept(ground: Ground, whole: Database) -> None:
    with pytest.raises(
        TargetRefused, match=r"has public\.bookings, public\.hens already.*ALTER TABLE … RENAME"
    ):
        ground.restore(whole, tables=["public.hens", "public.bookings"])
    assert left(ground, whole) == []


def test_a_table_that_the_backup_lacks_is_named(ground: Ground, whole: Database) -> None:
    with pytest.raises(RestoreError, match=r"has no table public\.nothing"):
        ground.restore(whole, tables=["public.nothing"])
