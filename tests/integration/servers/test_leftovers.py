"""What a killed run leaves behind is found and removed by the next one, and nothing else is."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools.servers.leftovers import own_folder, sweep
from tools.servers.redis import RedisServer
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import sys, time
from pathlib import Path
from tools.servers.certificates import Authority
from tools.servers.leftovers import own_folder
from tools.servers.redis import RedisServer
with own_folder(Path(sys.argv[1])) as folder:
    RedisServer.create(directory=folder / "cache", identifier="cache", users=[], parameters={},
                       authority=Authority(folder / "authority"))
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(servers_directory: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Return a process with a running server in a folder of its own, and that folder."""
    process = subprocess.Popen(  # noqa: S603  (this Python and the program above)
        [sys.executable, "-c", PROGRAM, str(servers_directory / "runs")],
        cwd=repository_root(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout:
        folder = process.stdout.readline().strip()
    yield process, servers_directory / "runs" / folder.rpartition("/")[2]
    process.kill()
    process.wait()
    sweep(servers_directory / "runs")


def test_the_servers_of_a_living_process_are_left_alone(
    holder: tuple[subprocess.Popen[str], Path], servers_directory: Path
) -> None:
    sweep(servers_directory / "runs")
    assert RedisServer.open(holder[1] / "cache").is_running()


def test_the_servers_of_a_killed_process_are_stopped_and_removed(
    holder: tuple[subprocess.Popen[str], Path], servers_directory: Path
) -> None:
    process, folder = holder
    server = RedisServer.open(folder / "cache")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert server.is_running()
    with own_folder(servers_directory / "runs"):
        assert not server.is_running()
        assert not folder.exists()
