"""The drill's folder in the scratch directory: one drill's at a time, and gone when the drill is.

A drill that was killed may leave its folder and its server; the next one ends both. It never touches anything
else in the directory.
"""

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from containers.backup.errors import TargetRefused
from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.logs import Log

NAME: Final = "drill"
DATA: Final = "data"
SOCKETS: Final = "s"
LOG: Final = "postgresql.log"

_SOCKET_CHARACTERS: Final = 107
"""The longest path of a unix socket (unix(7), sun_path)."""
_SOCKET: Final = f"{NAME}/{SOCKETS}/.s.PGSQL.5432"
_KILL_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05


@contextmanager
def own_folder(directory: Path, *, log: Log) -> Generator[Path]:
    """Give an empty folder that only this account may enter; it is removed at the end, whatever happens.

    Raises:
        EnvironmentInvalid: the directory is not there, may not be written, or has too long a name.
        TargetRefused: another drill is at work in it.
    """
    _check(directory)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            # Given back by the kernel, however this process ends.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TargetRefused(
                f"another drill is at work in {directory}. Wait for its end, or set SCRATCH_DIRECTORY to "
                "another folder."
            ) from None
        folder = directory / NAME
        _clear(folder, log=log)
        try:
            folder.mkdir(mode=0o700)
            (folder / SOCKETS).mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _check(directory: Path) -> None:
    if not directory.is_absolute() or not directory.is_dir() or not os.access(directory, os.W_OK | os.X_OK):
        raise EnvironmentInvalid(
            f"SCRATCH_DIRECTORY is {directory}; an absolute path is expected, of a folder that the account "
            f"{os.geteuid()} may write."
        )
    longest = _SOCKET_CHARACTERS - len(_SOCKET) - 1
    if len(os.fsencode(directory)) > longest:
        raise EnvironmentInvalid(
            f"SCRATCH_DIRECTORY is {directory}, too long for a unix socket below it; at most {longest} bytes "
            "are possible."
        )


def _clear(folder: Path, *, log: Log) -> None:
    """Remove what a killed drill has left."""
    if not folder.exists():
        return
    log.warning("A drill that was killed had left its folder; removing it", folder=str(folder))
    server = _server_of(folder / DATA)
    if server is not None:
        _end(server, folder / DATA)
    shutil.rmtree(folder)


def _server_of(data: Path) -> int | None:
    """The server that runs on a cluster; an id alone is none, for ids are given again."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").partition("\n")[0])
    except (OSError, ValueError):
        return None
    return pid if _runs_in(pid, data) else None


def _runs_in(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except OSError:
        return False


def _end(pid: int, data: Path) -> None:
    for number in (signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _KILL_SECONDS
        while _runs_in(pid, data):
            if time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
        else:
            return
