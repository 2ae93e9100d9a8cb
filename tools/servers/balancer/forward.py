"""Forwards one TCP connection in both directions, and drops it when it has been silent for too long.

Whatever arrives counts against silence, keepalive probes too: the kernel answers those by itself, but counts
the segments. A dropped connection is reset, as a Network Load Balancer resets it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENTS_IN = struct.Struct("140xI")
"""tcpi_segs_in in Linux' struct tcp_info (linux/tcp.h)."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset and forgets what is left."""

LOOKS = 8
"""How often one looks for keepalive probes in the time that a connection may be silent."""


class Side(asyncio.Protocol):
    """One of the two ends: hands on what it gets, slows its sender down while the other end is slow."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.transport: asyncio.Transport | None = None
        self.finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; a client is not read from before there is a target."""
        self.transport = cast("asyncio.Transport", transport)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.connection.over:  # it was refused before it was there, or the other end did not wait
            self.close(reset=True)
        elif self is self.connection.client:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Hand on."""
        self.connection.touch()
        other = self._other
        if other:
            other.write(data)

    def eof_received(self) -> bool:
        """Hand on that no more will come; the other direction stays open until it ends too."""
        self.finished = True
        pair, other = self.connection, self._other
        if other is None or (pair.client.finished and pair.target.finished):
            return False
        other.write_eof()
        return True

    def pause_writing(self) -> None:
        """Stop reading from the other end, whose data this one cannot take."""
        other = self._other
        if other:
            other.pause_reading()

    def resume_writing(self) -> None:
        """Read on from the other end."""
        other = self._other
        if other:
            other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the whole connection; a reset goes on as a reset."""
        self.connection.end(reset=exc is not None)

    @property
    def socket(self) -> socket.socket:
        """The socket of a side that is connected."""
        assert self.transport  # noqa: S101  (asked only once it is there)
        return cast("socket.socket", self.transport.get_extra_info("socket"))

    @property
    def segments(self) -> int:
        """How many TCP segments have arrived, keepalive probes among them; 0 before there is a connection."""
        if self.transport is None or self.transport.is_closing():
            return 0
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, SEGMENTS_IN.size)
        return cast("tuple[int]", SEGMENTS_IN.unpack(info))[0] if len(info) == SEGMENTS_IN.size else 0

    def close(self, *, reset: bool) -> None:
        """Close, after what is left to be sent or at once."""
        if self.transport is None:
            return
        if reset:
            if not self.transport.is_closing():
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def _other(self) -> asyncio.Transport | None:
        pair = self.connection
        transport = (pair.target if self is pair.client else pair.client).transport
        return None if transport is None or transport.is_closing() else transport


class Connection:
    """A client, its target, and the silence between them."""

    def __init__(self, *, idle_seconds: float, ended: Callable[[Connection], None]) -> None:
        self.idle_seconds = idle_seconds
        self.client = Side(self)
        self.target = Side(self)
        self.over = False
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._segments = 0
        self._timer = self._loop.call_later(idle_seconds / LOOKS, self._look)

    def touch(self) -> None:
        """Note that something was heard."""
        self._last = self._loop.time()

    async def connect(self, address: str, port: int) -> None:
        """Connect to the target and begin to forward. Raises OSError."""
        await self._loop.create_connection(lambda: self.target, address, port)
        if self.client.transport and not self.over:
            self.client.transport.resume_reading()

    def end(self, *, reset: bool = False) -> None:
        """End both sides: after what is left to be sent, or with a reset at once."""
        if self.over:
            return
        self.over = True
        self._timer.cancel()
        self.client.close(reset=reset)
        self.target.close(reset=reset)
        self._ended(self)

    def _look(self) -> None:
        segments = self.client.segments + self.target.segments
        if segments != self._segments:
            self._segments = segments
            self.touch()
        if self._last + self.idle_seconds <= self._loop.time():
            self.end(reset=True)
        else:
            self._timer = self._loop.call_later(self.idle_seconds / LOOKS, self._look)
