"""Undoes zstd on a stream, a bounded piece at a time, however well it was compressed."""

from collections.abc import Iterator
from typing import IO, Final, cast

import zstandard

from containers.backup.errors import BackupInvalid

PIECE_BYTES: Final = 1024 * 1024


def decompressed(blocks: Iterator[bytes], *, name: str) -> Iterator[bytes]:
    """Yield what was compressed. `blocks` is read to its very end, where its digest is judged.

    Raises BackupInvalid, when it is no zstd; and what `blocks` raises, which comes first.
    """
    reader = zstandard.ZstdDecompressor().stream_reader(
        cast("IO[bytes]", _Readable(blocks)), read_across_frames=True
    )
    try:
        while piece := reader.read(PIECE_BYTES):
            yield piece
    except zstandard.ZstdError as error:
        _drain(blocks)
        raise BackupInvalid(f"{name} was stored as it was written, and is no zstd: {error}.") from error
    _drain(blocks)


def _drain(blocks: Iterator[bytes]) -> None:
    for _ in blocks:
        pass


class _Readable:
    """Blocks as a file, as far as zstandard asks of one."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = memoryview(block)
        end = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:end], self._rest[end:]
        return bytes(taken)
