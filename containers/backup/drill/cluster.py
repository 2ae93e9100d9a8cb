"""A PostgreSQL cluster and its server, for nobody else and not for long: nothing of it survives a crash.

It listens on a unix socket in a folder of its own and on no port. Whoever may enter that folder is let in,
and that is this account alone.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from containers.backup.drill.folder import DATA, LOG, SOCKETS
from containers.backup.errors import ProgramFailed
from containers.backup.programs import Programs
from lambdas.common.child_processes import dies_with_us

ADMIN: Final = "datatier_drill"
"""The cluster's superuser: a name that no backup brings along."""

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_LAST_CHARACTERS: Final = 2000

_SETTINGS: Final = {
    "listen_addresses": "",
    # Scratch: whatever happens to it, the drill begins again from an empty folder.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "1h",
    # A container's /dev/shm is 64 MiB.
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "100",
    "max_locks_per_transaction": "1024",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "error",
    "log_statement": "none",
    # A statement may hold a row.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def create(programs: Programs, folder: Path, *, encoding: str, collation: str) -> tuple[str, ...]:
    """Make the cluster, and return what a report should remark: a locale that is not to be had.

    Raises ProgramFailed.
    """
    try:
        _initdb(programs, folder, encoding=encoding, locale=collation)
    except ProgramFailed as error:
        if "locale" not in str(error):
            raise
    else:
        return ()
    instead = "C.UTF-8" if encoding.upper() in ("UTF8", "UTF-8") else "C"
    _initdb(programs, folder, encoding=encoding, locale=instead)
    remark = f"the locale {collation} of the backup is not known here: restored with {instead}"
    return (f"{remark}, by which text is sorted otherwise; indexes were built in that order.",)


@contextmanager
def server(programs: Programs, folder: Path) -> Generator[Callable[[], None]]:
    """Run the server until the end of the block; give what ends it at once, sessions and all.

    Raises ProgramFailed: it does not start.
    """
    # A list of quoted names, in a quoted string.
    sockets = str(folder / SOCKETS).replace('"', '""').replace("\\", "\\\\").replace("'", "''")
    settings = _SETTINGS | {"unix_socket_directories": f'"{sockets}"'}
    with (folder / DATA / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    with (folder / LOG).open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (PostgreSQL's own program, no shell)
            [programs.path("postgres"), "-D", str(folder / DATA)],
            env=_environment(programs),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            preexec_fn=dies_with_us(signal.SIGQUIT),  # noqa: PLW1509  one async-signal-safe call, and no thread runs yet
        )
    try:
        _wait(process, folder)
        # Its data is thrown away: there is nothing that it would have to write in order.
        yield lambda: process.send_signal(signal.SIGQUIT)
    finally:
        _stop(process)


def parameters(folder: Path, *, database: str) -> dict[str, str | int]:
    """Libpq's parameters of the superuser in a database."""
    return {
        "host": str(folder / SOCKETS),
        "port": 5432,
        "user": ADMIN,
        "dbname": database,
        "sslmode": "disable",  # a unix socket knows no TLS
    }


def last_words(folder: Path) -> str:
    """The end of the server's log, which quotes no statement."""
    try:
        text = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return text[-_LAST_CHARACTERS:].strip()


def _environment(programs: Programs) -> dict[str, str]:
    # What goes wrong is read, whatever language this machine speaks.
    return {**programs.environment(), "LC_ALL": "C"}


def _initdb(programs: Programs, folder: Path, *, encoding: str, locale: str) -> None:
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own program, no shell)
        [
            programs.path("initdb"), "--pgdata", str(folder / DATA), "--username", ADMIN,
            "--auth-local", "trust", "--auth-host", "reject", "--no-sync", "--no-instructions",
            "--encoding", encoding, "--locale", locale,
        ],
        capture_output=True, text=True, check=False, cwd=folder, env=_environment(programs),
    )  # fmt: skip
    if done.returncode:
        raise ProgramFailed(f"initdb ended with {done.returncode}: {' '.join(done.stderr.split())}")


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    conninfo = make_conninfo("", **parameters(folder, database="postgres"), connect_timeout=5)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        if (code := process.poll()) is not None:
            raise ProgramFailed(
                f"the drill's PostgreSQL ended at its start with {code}: {last_words(folder)}"
            )
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                raise ProgramFailed(
                    f"the drill's PostgreSQL took no session within {_START_SECONDS:g} s: {error} "
                    f"{last_words(folder)}"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
