"""A table in parts: each row is in one of them, whatever lies beside the heap, and a part alone is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zstandard
from psycopg import sql

from containers.backup import checksum
from containers.backup.take import streams
from lambdas.common.backup_layout import BackupId

if TYPE_CHECKING:
    from containers.backup.manifest import Manifest, Table
    from tests.integration.backup.take.taking import Taking

LONG = """
CREATE TABLE long (id int, body text);
ALTER TABLE long ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO long SELECT n, repeat(md5(n::text), 300) FROM generate_series(1, 500) n;
DELETE FROM long WHERE id % 10 = 0;
UPDATE long SET body = body || 'x' WHERE id % 11 = 0;
"""
KINDS = """
CREATE TABLE kinds (id int, moment timestamptz, day date, span interval, odd float8, price money,
    raw bytea, of regclass, by regrole, with_type regtype, document xml, range tstzrange, many timestamptz[],
    filler text);
INSERT INTO kinds
SELECT n, '2026-03-29 00:59:00+00'::timestamptz + n * interval '1 min', date '2026-02-27' + n % 900,
       make_interval(months => n % 30, days => -n % 7, secs => n * 1.1), n / 7.0::float8,
       (n * 1.01)::numeric::money, int4send(n), 'kinds', 'datatier_owner', 'timestamptz',
       xmlparse(content n || '<a/>'),
       tstzrange('2026-01-01+00'::timestamptz, '2026-01-02+00'::timestamptz + n * interval '1 s'),
       ARRAY['2026-01-01 12:00+00'::timestamptz], repeat('x', 100)
  FROM generate_series(1, 8000) n;
"""
NAMES = (
    "n" * 63,
    "ü" * 31,
    "a.b",
    "100%s %(x)s",
    "back\\slash",
    "it's",
    'say "so"',
    ":USER",
    "$1",
    "line\nbreak",
    " ",
)
AS_ANOTHER = (
    "timezone = 'Asia/Kathmandu'",
    "datestyle = 'German, DMY'",
    "intervalstyle = 'sql_standard'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "search_path = public",
    "quote_all_identifiers = on",
    "xmloption = document",
    "lc_monetary = 'C.UTF-8'",
)


def copied(taking: Taking, manifest: Manifest, table: Table) -> bytes:
    """All that the store holds of a table's rows."""
    backup, found = BackupId.parse(manifest.backup), b""
    for stored in table.chunks:
        packed = b"".join(taking.store.read(backup, stored))
        found += zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    return found


def straight(taking: Taking, table: Table) -> bytes:
    """What COPY gives, as the checksum's session would see it."""
    statement = sql.SQL("COPY (SELECT {} FROM ONLY {} ORDER BY ctid) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)), sql.Identifier(table.schema, table.name)
    )
    with taking.tier.connect("backup") as connection:
        checksum.pin(connection)
        with connection.cursor() as cursor, cursor.copy(statement) as rows:
            return b"".join(map(bytes, rows))


def table_of(manifest: Manifest, name: str) -> Table:
    (found,) = [table for table in manifest.tables if table.name == name]
    return found


def test_a_table_whose_rows_lie_mostly_beside_it_is_cut_and_whole(taking: Taking) -> None:
    taking.run(LONG)
    manifest = taking.take()
    table = table_of(manifest, "long")
    assert len(table.chunks) >= 3
    assert table.rows == 450
    assert copied(taking, manifest, table) == straight(taking, table)
    assert table.copy_bytes == len(straight(taking, table))


def test_rows_are_the_same_text_from_a_program_and_from_a_session_whatever_the_login_is_set_to(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking.run(KINDS)
    with taking.tier.admin() as admin:
        for setting in AS_ANOTHER:
            admin.execute(f"ALTER ROLE backup SET {setting}".encode())
    by_program = taking.take()
    table = table_of(by_program, "kinds")
    assert len(table.chunks) > 1
    expected = straight(taking, table)
    assert copied(taking, by_program, table) == expected
    monkeypatch.setattr(streams, "SMALL_BYTES", 1024 * 1024 * 1024)
    by_session = taking.take()
    assert copied(taking, by_session, table_of(by_session, "kinds")) == expected
    assert table_of(by_session, "kinds").checksum == table.checksum
    assert by_session.facts == by_program.facts
    with taking.tier.admin() as admin:
        for setting in AS_ANOTHER:
            admin.execute(f"ALTER ROLE backup RESET {setting.partition(' =')[0]}".encode())
    assert taking.take().facts == by_program.facts
    with taking.restored(by_program):
        pass


@pytest.mark.parametrize("small_bytes", [-1, 1024 * 1024])
def test_any_name_is_copied_by_a_program_and_by_a_session(
    taking: Taking, monkeypatch: pytest.MonkeyPatch, small_bytes: int
) -> None:
    monkeypatch.setattr(streams, "SMALL_BYTES", small_bytes)
    for name in NAMES:
        create = sql.SQL(
            "CREATE SCHEMA {0}; CREATE TABLE {0}.{0} ({0} text); INSERT INTO {0}.{0} VALUES ({1})"
        )
        taking.run(create.format(sql.Identifier(name), sql.Literal(name)).as_string())
    manifest = taking.take()
    found = {(table.schema, table.name): table for table in manifest.tables}
    for name in NAMES:
        table = found[name, name]
        assert (table.columns, table.rows) == ((name,), 1)
        assert copied(taking, manifest, table) == straight(taking, table)
    with taking.restored(manifest):
        pass
