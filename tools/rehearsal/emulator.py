"""Starts the emulated AWS as a process that outlives the command, and waits until it answers.

Never stops one: that is `down`'s.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tools.rehearsal.errors import EmulatorDied
from tools.rehearsal.launcher import ADDRESS
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import EMULATOR, LAUNCHER, Records
from tools.rehearsal.surroundings import surroundings
from tools.rehearsal.toolchain import Toolchain
from tools.state import VARIABLE

START_SECONDS = 60.0
POLL_SECONDS = 0.1
HEALTH = "/_ministack/health"
LOG_LINES = 12
OK = 200

_OUTLIVING: "list[subprocess.Popen[bytes]]" = []
"""What this process started and does not wait for; a Popen that is collected while it runs would complain."""


def free_port() -> int:
    """Return a port that is free on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
    return port


def start(*, layout: Layout, repository: Path, toolchain: Toolchain, port: int) -> None:
    """Start the emulator and wait until it answers. Raises EmulatorDied."""
    for directory in (layout.logs, layout.scratch, layout.servers):
        directory.mkdir(parents=True, exist_ok=True)
    # Lambdas on Node are unpacked below: without this they would take on the repository's module type.
    (layout.scratch / "package.json").write_text('{"type": "commonjs"}\n', encoding="utf-8")
    log = layout.logs / "emulator.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [
                layout.emulator_environment / "bin" / "python",
                "-m",
                LAUNCHER,
                layout.state,
                str(port),
            ],
            cwd=repository,
            env=_environment(layout, toolchain),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _OUTLIVING.append(process)
    Records(layout.processes).write(EMULATOR, process.pid)
    if not answers_in_time(port, alive=lambda: process.poll() is None):
        if process.poll() is not None:
            raise EmulatorDied(f"the emulated AWS did not start; the last lines of {log}:\n{_tail(log)}")
        raise EmulatorDied(f"the emulated AWS did not answer within {START_SECONDS:.0f} s; see {log}")


def answers_in_time(port: int, *, alive: Callable[[], bool]) -> bool:
    """Wait until the emulator serves requests; False when its process ends or it takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if not alive() or time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def answers(port: int) -> bool:
    """Tell whether the emulator on this port serves requests."""
    connection = HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _environment(layout: Layout, toolchain: Toolchain) -> Mapping[str, str]:
    """Return the emulator's environment, which its Lambdas inherit."""
    return {
        **surroundings(os.environ, without=("PYTHON", "VIRTUAL_ENV")),
        VARIABLE: str(layout.state),
        "PATH": toolchain.search_path,
        "NODE_PATH": str(toolchain.modules),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join(f"  {line}" for line in lines)
