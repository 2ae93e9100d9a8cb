"""PgBouncer with a configuration that somebody else has written. It writes nothing but a log."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.servers import accounts, binaries, processes
from tools.servers.errors import StartFailed

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

CONFIGURATION = "pgbouncer.ini"
LOG = "log"
START_SECONDS = 10.0


@contextmanager
def pgbouncer(folder: Path, *, host: str, port: int) -> Generator[subprocess.Popen[bytes]]:
    """Run the one whose `pgbouncer.ini` is in `folder` and listens at `host:port`; it goes with the block.

    The folder is handed to the account that it runs as. Raises StartFailed, BinaryMissing.
    """
    accounts.hand_over(folder)
    program = binaries.pgbouncer()
    with (
        (folder / LOG).open("wb") as output,
        subprocess.Popen(  # noqa: S603  (a program found on this machine, no shell)
            [program.path("pgbouncer"), folder / CONFIGURATION], cwd=folder,
            env=program.environment_at(folder), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, **accounts.run_as(),
        ) as process,
    ):  # fmt: skip
        try:
            _wait(process, host, port, log=folder / LOG)
            yield process
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], host: str, port: int, *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(processes.POLL_SECONDS)
    raise StartFailed.from_log("PgBouncer", log)
