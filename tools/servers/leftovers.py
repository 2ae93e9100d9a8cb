"""Folders of servers that belong to one process each, and the removal of those whose process is gone.

A process holds a lock on its folder for as long as it lives, so a number that the system uses again for
another process means nothing, and two that sweep at once do not meet.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tools.servers.postgres import PostgresServer
from tools.servers.redis import RedisServer
from tools.servers.server import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LOCK = "in-use"


@contextmanager
def own_folder(root: Path) -> Generator[Path]:
    """Give a folder below `root` to this process, after sweeping; it goes with all that runs in it."""
    folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
    with ExitStack() as held:
        with _alone(root):
            _sweep(root)
            folder.mkdir()
            lock = held.enter_context((folder / LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            _remove(folder)


def sweep(root: Path) -> None:
    """Stop and remove the servers in every folder that no living process holds."""
    with _alone(root):
        _sweep(root)


def abandoned(root: Path) -> Generator[Path]:
    """Yield each folder below `root` that no living process holds, and hold it meanwhile."""
    for folder in root.glob("*/"):
        with (folder / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder


def _sweep(root: Path) -> None:
    for folder in abandoned(root):
        _remove(folder)


@contextmanager
def _alone(root: Path) -> Generator[None]:
    """Let one process at a time make or remove folders below `root`."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(folder: Path) -> None:
    for marker in folder.glob(f"*/{IDENTITY}"):
        kind = PostgresServer if (marker.parent / "data").exists() else RedisServer
        kind.open(marker.parent).destroy()
    shutil.rmtree(folder, ignore_errors=True)
