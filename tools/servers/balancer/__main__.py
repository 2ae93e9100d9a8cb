"""Runs a balancer in its folder: `python -m tools.servers.balancer ADDRESS`, with the folder as its own.

Ends with a signal. Reads its configuration anew whenever that file is replaced.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from tools.servers.balancer.balancing import Balancing
from tools.servers.balancer.configuration import CONFIGURATION, REPORT, Report, read_configuration

POLL_SECONDS = 0.05


async def serve(address: str, folder: Path) -> None:
    """Balance until a signal says no more."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    balancing = Balancing(address)
    heeded, said = None, Report()
    while not ended.is_set():
        state = (folder / CONFIGURATION).stat()
        if (state.st_ino, state.st_mtime_ns) != heeded:
            heeded = (state.st_ino, state.st_mtime_ns)
            await balancing.follow(read_configuration((folder / CONFIGURATION).read_text(encoding="utf-8")))
        if balancing.report != said:
            said = balancing.report
            _write(folder / REPORT, said.text())
        await asyncio.sleep(POLL_SECONDS)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def more_files() -> None:
    """Take as many file descriptors as this process may: each connection needs two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    more_files()
    asyncio.run(serve(sys.argv[1], Path.cwd()))
