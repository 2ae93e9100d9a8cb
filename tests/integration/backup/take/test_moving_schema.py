"""What is altered between the snapshot and the locks, or while a backup runs, never makes a wrong backup."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from containers.backup import checksum
from containers.backup.errors import Conflict, SchemaMoving, Unreadable
from tests.integration.backup.take.watched_store import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.backup.take.taking import Taking

SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, body text);
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;
CREATE TABLE other (id int);
CREATE VIEW seen AS SELECT id FROM items;
CREATE SEQUENCE numbers;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE parted (id int) PARTITION BY LIST (id);
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'items'::regclass"
HELD = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE a.usename = 'backup' AND l.granted AND l.relation = 'other'::regclass
"""
ALTERATIONS = (
    "DROP TABLE other",
    "TRUNCATE items",
    "ALTER TABLE items ADD COLUMN more int DEFAULT 7",
    "ALTER TABLE other ALTER COLUMN id TYPE bigint",
    "ALTER TABLE items RENAME TO things",
    "ALTER TABLE items RENAME COLUMN body TO text",
    "ALTER TABLE items DROP COLUMN body",
    "DROP TABLE other; CREATE TABLE other (id int); INSERT INTO other VALUES (3)",
    "CREATE OR REPLACE VIEW seen AS SELECT id FROM items WHERE id > 5",
    "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "DROP SEQUENCE numbers",
    "ALTER TABLE items SET SCHEMA elsewhere",
)
CREATIONS = (
    "CREATE TABLE fresh_{0} (id int); INSERT INTO fresh_{0} VALUES (1)",
    "CREATE TABLE part_{0} PARTITION OF parted FOR VALUES IN ({0}); INSERT INTO parted VALUES ({0})",
    "CREATE INDEX fresh_{0} ON items (body)",
    "CREATE TABLE heir_{0} () INHERITS (items); INSERT INTO heir_{0} VALUES (1)",
)


def first_time(act: Callable[[], None]) -> Callable[[], None]:
    left = [act]
    return lambda: left.pop()() if left else None


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_what_is_altered_before_the_locks_is_backed_up_as_it_is_after(
    taking: Taking, alteration: str
) -> None:
    taking.run(f"CREATE SCHEMA elsewhere; {SCHEMA}")
    manifest = taking.attempt(between=first_time(lambda: taking.run(alteration)))
    with taking.restored(manifest):
        assert len(taking.store.backups()) == 1
    later = taking.attempt()
    assert [(t.identity, t.columns, t.rows, t.checksum) for t in manifest.tables] == [
        (t.identity, t.columns, t.rows, t.checksum) for t in later.tables
    ]
    assert manifest.facts == later.facts


@pytest.mark.parametrize("creation", CREATIONS)
def test_what_is_only_new_does_not_keep_a_backup_from_beginning(taking: Taking, creation: str) -> None:
    taking.run(SCHEMA)
    created: list[str] = []

    def create() -> None:
        created.append(creation.format(len(created)))
        taking.run(created[-1])

    manifest = taking.attempt(between=create)
    assert len(created) == 1
    assert {table.name for table in manifest.tables} >= {"items", "other"}
    assert not any(table.name.endswith("_0") for table in manifest.tables)
    with taking.restored(manifest):
        pass


def test_a_policy_that_begins_to_hide_rows_before_the_locks_is_never_overlooked(taking: Taking) -> None:
    taking.run(SCHEMA)
    taking.run(
        "ALTER TABLE items ENABLE ROW LEVEL SECURITY; "
        "CREATE POLICY backup_sees_all ON items FOR SELECT TO datatier_backup USING (true)"
    )
    hide = "CREATE POLICY few ON items AS RESTRICTIVE FOR SELECT USING (id < 5)"
    with pytest.raises(Unreadable, match="items"):
        taking.attempt(between=first_time(lambda: taking.run(hide)))


def test_a_schema_that_never_rests_is_refused(taking: Taking) -> None:
    taking.run(SCHEMA)
    with pytest.raises(SchemaMoving, match="5 times in a row"):
        taking.attempt(between=lambda: taking.run("TRUNCATE items"))
    assert taking.store.files() == []
    assert taking.left() == []


def test_a_table_that_is_being_altered_is_waited_for(taking: Taking) -> None:
    taking.run(SCHEMA)
    with taking.tier.connect("migrator") as migration:
        migration.execute("BEGIN")
        migration.execute("ALTER TABLE items ADD COLUMN more int DEFAULT 7")
        with ThreadPoolExecutor(1) as other:
            backup = other.submit(taking.attempt)
            while taking.tier.column(WAITING) == ["0"]:
                assert not backup.done()
            held = taking.tier.column(HELD)
            migration.execute("COMMIT")
            manifest = backup.result()
    assert held == ["0"], "a backup that waits keeps nobody waiting"
    (items,) = [table for table in manifest.tables if table.name == "items"]
    assert items.columns == ("id", "body", "more")


def test_a_table_that_somebody_begins_to_alter_before_the_lock_is_waited_for_without_any_lock(
    taking: Taking,
) -> None:
    taking.run(SCHEMA)
    held: list[str] = []
    with taking.tier.connect("migrator") as migration:

        def end() -> None:
            while taking.tier.column(WAITING) == ["0"]:
                continue
            held.extend(taking.tier.column(HELD))
            migration.execute("COMMIT")

        ending = threading.Thread(target=end)

        def begin() -> None:
            migration.execute("BEGIN")
            migration.execute("ALTER TABLE items ADD COLUMN more int DEFAULT 7")
            ending.start()

        manifest = taking.attempt(between=first_time(begin))
        ending.join()
    assert held == ["0"], "a backup that waits keeps nobody waiting"
    (items,) = [table for table in manifest.tables if table.name == "items"]
    assert items.columns == ("id", "body", "more")


def test_a_table_that_is_locked_for_good_is_told_in_time(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checksum.PINNED, "lock_timeout", "200ms")
    taking.run(SCHEMA)
    with taking.tier.connect("migrator") as migration:
        migration.execute("BEGIN")
        migration.execute("LOCK TABLE items")
        with pytest.raises(SchemaMoving, match="lock timeout"):
            taking.attempt()
    assert taking.store.files() == []


def test_who_waits_to_alter_a_table_that_is_not_yet_copied_gets_it_and_the_backup_is_tried_again(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checksum.PINNED, "lock_timeout", "500ms")
    taking.run(SCHEMA)
    taking.streams = 1

    migration = threading.Thread(target=taking.alter)

    def begin() -> None:
        migration.start()
        while taking.tier.column(WAITING) == ["0"]:
            assert migration.is_alive()

    # The schema is stored by the only stream: no table is copied yet.
    taking.store.during = once(begin, at="end", of="schema")
    manifest = taking.take()
    migration.join()
    assert any(line.startswith("WARNING trying again") for line in taking.log.lines)
    (items,) = [table for table in manifest.tables if table.name == "items"]
    assert items.columns == ("id", "body", "more")
    assert len(taking.store.backups()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE VIEW seen AS SELECT id FROM items WHERE id > 5",
        "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "DROP VIEW seen",
        "ALTER INDEX items_pkey RENAME TO items_key",
    ],
)
def test_a_definition_that_is_changed_while_the_schema_is_read_spoils_only_this_try(
    taking: Taking, change: str
) -> None:
    taking.run(SCHEMA)
    taking.store.during = once(lambda: taking.run(change), at="begin", of="schema")
    with pytest.raises(Conflict, match="was changed"):
        taking.attempt()
    assert taking.store.backups() == []
    with taking.restored(taking.attempt()):
        pass


@pytest.mark.parametrize("step", ["begin", "end"])
def test_what_is_created_while_a_backup_runs_is_not_in_it(taking: Taking, step: str) -> None:
    taking.run(SCHEMA)
    created = "CREATE TABLE fresh (id int); CREATE VIEW more AS SELECT 1; INSERT INTO items VALUES (1000)"
    taking.store.during = once(lambda: taking.run(created), at=step, of="schema")
    manifest = taking.attempt()
    assert {table.name: table.rows for table in manifest.tables}["items"] == 100
    with taking.restored(manifest) as found:
        assert found.execute("SELECT to_regclass('public.fresh'), to_regclass('public.more')").fetchall() == [
            (None, None)
        ]


@pytest.mark.parametrize("dropped", ["DROP TABLE parted", "DROP TABLE other", "DROP SEQUENCE numbers"])
def test_what_is_backed_up_cannot_be_dropped_meanwhile(taking: Taking, dropped: str) -> None:
    taking.run(SCHEMA)
    refused: list[str] = []

    def drop() -> None:
        try:
            taking.run(f"SET lock_timeout = '100ms'; {dropped}")
        except Exception as error:  # noqa: BLE001  it is looked at
            refused.append(str(error))

    taking.store.during = once(drop, at="begin", of="schema")
    with taking.restored(taking.attempt()):
        assert "lock timeout" in refused[0]


def test_a_materialized_view_is_refreshed_while_a_backup_runs(taking: Taking) -> None:
    taking.run(SCHEMA)
    taking.run("CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM items")
    refresh = "SET lock_timeout = '2s'; REFRESH MATERIALIZED VIEW totals"
    taking.store.during = once(lambda: taking.run(refresh), at="begin", of="data")
    with taking.restored(taking.attempt()) as found:
        assert found.execute("SELECT n FROM public.totals").fetchall() == [(100,)]
