"""A table is cut into ranges of blocks that leave nothing out and overlap nowhere."""

from __future__ import annotations

import pytest

from containers.backup.chunks import BLOCK_BYTES, MEBIBYTE, Blocks, cut, predicate


@pytest.mark.parametrize("blocks", [0, 1, 2, 127, 128, 129, 1000, 12_801])
@pytest.mark.parametrize("beside", [0, 1, 500 * MEBIBYTE])
@pytest.mark.parametrize("chunk_mib", [1, 64])
def test_the_ranges_follow_one_another_from_the_first_block_to_an_open_end(
    blocks: int, beside: int, chunk_mib: int
) -> None:
    heap = blocks * BLOCK_BYTES
    ranges = cut(heap_bytes=heap, table_bytes=heap + beside, chunk_mib=chunk_mib)
    if ranges == (None,):
        assert blocks <= 1 or heap + beside <= chunk_mib * MEBIBYTE
        return
    cuts = [one for one in ranges if one]
    assert len(cuts) == len(ranges)
    assert cuts[0].first == 0
    assert cuts[-1].end is None
    assert [one.end for one in cuts[:-1]] == [one.first for one in cuts[1:]]
    assert all(one.end is None or one.first < one.end for one in cuts)


def test_a_range_is_about_as_large_as_was_asked() -> None:
    heap = 12_801 * BLOCK_BYTES
    assert len(cut(heap_bytes=heap, table_bytes=heap, chunk_mib=10)) == 11


def test_what_is_stored_beside_the_heap_counts() -> None:
    heap = 100 * BLOCK_BYTES
    assert len(cut(heap_bytes=heap, table_bytes=heap + 100 * MEBIBYTE, chunk_mib=10)) == 11


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        (None, "true"),
        (Blocks(first=0, end=7), "ctid >= '(0,0)'::pg_catalog.tid AND ctid < '(7,0)'::pg_catalog.tid"),
        (Blocks(first=7, end=None), "ctid >= '(7,0)'::pg_catalog.tid"),
    ],
)
def test_a_range_is_a_condition_on_where_rows_lie(blocks: Blocks | None, says: str) -> None:
    assert predicate(blocks).as_string() == says
