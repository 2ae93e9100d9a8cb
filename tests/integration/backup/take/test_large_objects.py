"""Large objects are measured piece by piece: each byte counts, and where it is; no size is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from containers.backup import checksum

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

PIECE = 8


def measured(taking: Taking, *objects: bytes, piece_bytes: int = PIECE) -> tuple[int, str]:
    """Measure these alone, by the login that takes backups."""
    with taking.tier.connect("migrator") as connection:
        connection.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
        for oid, content in enumerate(objects, start=50_001):
            create = sql.SQL("SELECT lo_from_bytea({0}, {1})").format(sql.Literal(oid), sql.Literal(content))
            connection.execute(create)
            connection.execute(
                sql.SQL("GRANT SELECT ON LARGE OBJECT {} TO datatier_backup").format(sql.Literal(oid))
            )
    with taking.tier.connect("backup") as connection:
        checksum.pin(connection)
        return checksum.measure_large_objects(connection, piece_bytes=piece_bytes)


def test_every_piece_counts_and_so_does_its_place(taking: Taking) -> None:
    whole = (b"abcdefghABCDEFGH12345678xyz", b"")
    count, content = measured(taking, *whole)
    assert count == 2
    assert measured(taking, *whole) == (count, content)
    others = (
        (b"ABCDEFGHabcdefgh12345678xyz", b""),
        (b"abcdefghABCDEFGH12345678xyZ", b""),
        (b"abcdefghABCDEFGH12345678", b""),
        (b"abcdefghABCDEFGH12345678xyz", b"x"),
        (b"", b"abcdefghABCDEFGH12345678xyz"),
    )
    found = [measured(taking, *other) for other in others]
    assert [one[0] for one in found] == [2] * len(others)
    assert len({content, *(one[1] for one in found)}) == len(others) + 1


def test_an_object_that_ends_with_a_piece_is_read_to_its_end(taking: Taking) -> None:
    assert measured(taking, b"abcdefgh") != measured(taking, b"abcdefgha")
    assert measured(taking) == (0, "0")


def test_an_object_longer_than_a_value_may_be_is_measured(taking: Taking) -> None:
    """A sparse one, of 1 GiB and a byte: the server keeps two pages of it, and reads the rest as zeros."""
    with taking.tier.connect("migrator") as connection, connection.transaction():
        connection.execute("SELECT lo_create(50001)")
        connection.execute("GRANT SELECT ON LARGE OBJECT 50001 TO datatier_backup")
        connection.execute("SELECT lo_put(50001, 0, 'first')")
        connection.execute("SELECT lo_put(50001, 1073741824, 'x')")
    with taking.tier.connect("backup") as connection:
        checksum.pin(connection)
        assert checksum.measure_large_objects(connection)[0] == 1
