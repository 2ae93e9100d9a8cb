"""A backup by the login `backup` holds each row of every kind of table once, whatever the table is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from containers.backup import checksum

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

SHAPES = Path(__file__).with_name("shapes.sql")


def test_every_kind_of_table_comes_back_as_it_was(taking: Taking) -> None:
    taking.run(SHAPES.read_text(encoding="utf-8"))
    manifest = taking.take()
    rows = {table.identity: table.rows for table in manifest.tables}
    assert rows['Sché. "ma".Ta.ble "x" 名'] == 50
    assert (rows["public.parent"], rows["public.child"]) == (1, 2)
    assert (rows["public.nothing"], rows["public.empty"], rows["public.only_computed"]) == (2, 0, 1)
    assert rows["public.fleeting"] == 1
    assert "public.events" not in rows
    with taking.restored(manifest) as found:
        for table in manifest.tables:
            count = sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(table.schema, table.name))
            assert found.execute(count).fetchall() == [(table.rows,)], table.identity
        assert found.execute("SELECT last_value, is_called FROM public.alone").fetchall() == [(1, True)]
        assert found.execute("SELECT n FROM public.totals").fetchall() == [(rows["public.large"],)]


def test_a_large_table_is_in_parts_that_hold_each_row_once(taking: Taking) -> None:
    taking.run(SHAPES.read_text(encoding="utf-8"))
    manifest = taking.take()
    (large,) = [table for table in manifest.tables if table.name == "large"]
    assert len(large.chunks) > 3
    with taking.tier.connect("backup") as connection:
        checksum.pin(connection)
        assert checksum.measure_table(connection, "public", "large") == (large.rows, large.checksum)
    taking.chunk_mib = 1024
    (whole,) = [table for table in taking.take().tables if table.name == "large"]
    assert (whole.rows, whole.checksum, whole.copy_bytes) == (large.rows, large.checksum, large.copy_bytes)
    assert len(whole.chunks) == 1


@pytest.mark.parametrize("column", ["t", "id", "tableoid_", "T"])
def test_a_checksum_is_of_the_whole_row_whatever_its_columns_are_called(taking: Taking, column: str) -> None:
    taking.run("CREATE TABLE rows (first int, other text); INSERT INTO rows VALUES (1, 'a')")
    taking.run(f'ALTER TABLE rows RENAME first TO "{column}"')
    (before,) = [table for table in taking.attempt().tables if table.name == "rows"]
    taking.run("UPDATE rows SET other = 'b'")
    (after,) = [table for table in taking.attempt().tables if table.name == "rows"]
    assert before.checksum != after.checksum


def test_sessions_settings_change_no_checksum(taking: Taking) -> None:
    taking.run(SHAPES.read_text(encoding="utf-8"))
    before = {table.identity: table.checksum for table in taking.attempt().tables}
    with taking.tier.admin() as admin:
        for setting in (
            "timezone = 'Asia/Kathmandu'",
            "datestyle = 'German, DMY'",
            "intervalstyle = 'sql_standard'",
            "extra_float_digits = -15",
            "bytea_output = 'escape'",
            "search_path = public",
        ):
            admin.execute(f"ALTER ROLE backup SET {setting}".encode())
    assert {table.identity: table.checksum for table in taking.attempt().tables} == before


def test_a_database_without_a_table_of_its_own_is_backed_up(taking: Taking) -> None:
    manifest = taking.take()
    assert [table.name for table in manifest.tables] == ["_prisma_migrations"]
    with taking.restored(manifest):
        pass


def test_the_log_tells_how_far_it_is_and_how_it_ended(
    taking: Taking, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("containers.backup.take.progress._EVERY_SECONDS", 0)
    taking.run(SHAPES.read_text(encoding="utf-8"))
    manifest = taking.take()
    count = len(manifest.tables)
    assert any(f"'tables': {count}, 'tables_done': {count}" in line for line in taking.log.lines)
    last = taking.log.lines[-1]
    assert manifest.backup in last
    assert f"'rows': {manifest.rows}" in last
    assert "'seconds': " in last
    assert '"BackupSucceeded": 1' in capfd.readouterr().out
    assert taking.tier.passwords["backup"] not in taking.log.text
