"""Asks a target for its health, over TCP or HTTP. Never raises for what a target does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tools.servers.balancer.configuration import TRAFFIC_PORT
from tools.servers.balancer.health import accepts

if TYPE_CHECKING:
    from tools.servers.balancer.configuration import Check, Target

STATUS_WORDS = 2


async def failure_of(target: Target, check: Check) -> str | None:
    """Check once; return what is wrong, None when the target is well."""
    try:
        async with asyncio.timeout(check.timeout_seconds):
            return await _ask(target, check)
    except TimeoutError:
        return f"no answer within {check.timeout_seconds:g} s"
    except OSError as error:
        return error.strerror or str(error)


async def _ask(target: Target, check: Check) -> str | None:
    port = target.port if check.port == TRAFFIC_PORT else int(check.port)
    reader, writer = await asyncio.open_connection(target.address, port)
    try:
        if check.protocol == "TCP":
            return None
        asked = (f"GET {check.path} HTTP/1.1", f"Host: {target.address}:{port}", "Connection: close", "", "")
        writer.write("\r\n".join(asked).encode())
        words = (await reader.readline()).split()
        if len(words) < STATUS_WORDS or not words[1].isdigit():
            return "the answer is not HTTP"
        status = int(words[1])
        return None if accepts(check.codes, status) else f"HTTP {status}"
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
