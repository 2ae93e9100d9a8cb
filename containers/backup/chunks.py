"""How a table is cut into ranges of its blocks, each copied on its own. Pure."""

from dataclasses import dataclass
from typing import Final

from psycopg import sql

BLOCK_BYTES: Final = 8192
MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Blocks of a table from `first` up to, not including, `end`; None is open."""

    first: int
    end: int | None


def cut(*, heap_bytes: int, table_bytes: int, chunk_mib: int) -> tuple[Blocks | None, ...]:
    """Return ranges of about `chunk_mib` each, of a heap and what is stored beside it; one None is the whole.

    The last is open, so that it does not matter whether the table has grown.
    """
    blocks = heap_bytes // BLOCK_BYTES
    pieces = min(-(-table_bytes // (chunk_mib * MEBIBYTE)), blocks)
    if pieces <= 1:
        return (None,)
    edges = [blocks * number // pieces for number in range(pieces)]
    ends: list[int | None] = [*edges[1:], None]
    return tuple(Blocks(first=first, end=end) for first, end in zip(edges, ends, strict=True))


def predicate(blocks: Blocks | None) -> sql.Composable:
    """The condition that holds for rows of these blocks: PostgreSQL reads no others (TID range scan)."""
    if blocks is None:
        return sql.SQL("true")
    first = sql.SQL("ctid >= {}::pg_catalog.tid").format(sql.Literal(f"({blocks.first},0)"))
    if blocks.end is None:
        return first
    return sql.SQL("{} AND ctid < {}::pg_catalog.tid").format(first, sql.Literal(f"({blocks.end},0)"))
