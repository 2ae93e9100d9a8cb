"""PostgreSQL's programs: found, started as children that never outlive this process, and judged by their end.

Passwords reach them in their environment, never as arguments. What a program says is kept to its error lines:
the others may quote rows.
"""

import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Final, Self, cast

from containers.backup.errors import BackupError, Conflict, ProgramFailed, SourceLost

DIRECTORY: Final = Path("/usr/lib/postgresql/15/bin")
"""Where Debian's postgresql-15 has them."""

_HANDED_ON: Final = ("PATH", "LANG", "HOME", "TZ")
"""What a program may know of this process' variables; the others hold AWS's credentials."""
_LIBPQ: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
    "gssencmode": "PGGSSENCMODE",
    "options": "PGOPTIONS",
    "client_encoding": "PGCLIENTENCODING",
}
"""Source: PostgreSQL 15, "Environment Variables"."""
_LONGEST_WORDS: Final = 12
_LOST: Final = (
    "server closed the connection",
    "terminating connection",
    "connection to server",
    "could not receive data",
    "could not send data",
    "no connection to the server",
    "SSL SYSCALL error",
    "SSL connection has been closed",
    "the database system is",
)
_CONFLICTS: Final = (
    "conflict with recovery",
    "due to lock timeout",
    "due to statement timeout",  # pg_dump's own, with which it waits for locks
    "deadlock detected",
)

Libpq = Mapping[str, str | int]
"""Libpq's parameters of one login, by their own names."""
ALIVE: Final[Libpq] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""By these a server that is gone without a word ends a connection within a minute or two."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Where the programs are; `libraries`, where theirs are if the system does not know."""

    directory: Path = DIRECTORY
    libraries: str = ""
    _running: "set[Running]" = field(default_factory=set["Running"], compare=False, repr=False)

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """Read POSTGRES_PROGRAMS and POSTGRES_LIBRARIES, if they are set."""
        return cls(
            directory=Path(variables.get("POSTGRES_PROGRAMS") or DIRECTORY),
            libraries=variables.get("POSTGRES_LIBRARIES", ""),
        )

    def path(self, program: str) -> str:
        """A program's full path."""
        return str(self.directory / program)

    def environment(self, login: Libpq | None = None) -> dict[str, str]:
        """The variables of a program; with `login`, by which it connects."""
        kept = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        libraries = {"LD_LIBRARY_PATH": self.libraries} if self.libraries else {}
        wanted = {_LIBPQ[name]: str(value) for name, value in (login or {}).items() if name in _LIBPQ}
        # LC_MESSAGES: words of libpq's are looked for.
        return {**kept, **libraries, "LC_MESSAGES": "C", "PGGSSENCMODE": "disable", **wanted}

    @contextmanager
    def run(
        self,
        program: str,
        arguments: Sequence[str],
        login: Libpq,
        *,
        stdin: bool = False,
        stdout: bool = False,
        pass_fds: Sequence[int] = (),
    ) -> "Generator[Running]":
        """Start a program for the block; at its end it has ended, well or by force. One thread's own.

        Raises what `Running.finish` raises, and ProgramFailed: there is no such program.
        """
        if not os.access(self.path(program), os.X_OK):
            raise ProgramFailed(f"{self.path(program)} is no program that can be started here.")
        try:
            process = subprocess.Popen(  # noqa: S603  (PostgreSQL's own program, no shell)
                [*_dying_with_us(), self.path(program), *arguments],
                env=self.environment(login),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=pass_fds,
                # A group of its own: pg_restore's workers are to end with it. No terminal reaches it any
                # more; an interrupt ends it by way of this process.
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramFailed(f"{self.path(program)} cannot be started: {error.strerror}.") from error
        running = Running(program, process)
        self._running.add(running)
        try:
            yield running
        finally:
            self._running.discard(running)
            running.kill()

    def kill(self) -> None:
        """End every program that runs, whoever waits for it and reads it; that one finds out by itself."""
        for one in list(self._running):
            one.end()


class Running:
    """A program at work."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        self.name = name
        self._process = process
        self._ended = False
        self._words: deque[str] = deque(maxlen=_LONGEST_WORDS)
        self._listener = threading.Thread(target=self._listen, name=f"{name}-words", daemon=True)
        self._listener.start()

    @property
    def stdin(self) -> IO[bytes]:
        """What it reads, when it was asked for."""
        return cast("IO[bytes]", self._process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes, when it was asked for."""
        return cast("IO[bytes]", self._process.stdout)

    def finish(self) -> None:
        """Wait for its end.

        Raises:
            Conflict, SourceLost: PostgreSQL ended its session.
            ProgramFailed: it ended with another code than 0.
        """
        code = self._collect()
        if code:
            raise judged(self.name, code, " | ".join(self._words))

    def end(self) -> None:
        """End it and its children at once, if it has not ended; sessions end with their connections."""
        if self._process.poll() is None:
            self._kill_group()

    def kill(self) -> None:
        """End it, and close what it was read by: nobody else may be reading."""
        self.end()
        self._collect()
        for stream in (self._process.stdin, self._process.stdout):
            if stream and not stream.closed:
                try:
                    stream.close()
                except OSError:  # what was still in the buffer has nobody to read it
                    continue

    def _collect(self) -> int:
        """Wait for its end, and end what it has left: that would keep its words open."""
        code = self._process.wait()
        if not self._ended:  # once, and at once: later the group's number may be another's
            self._ended = True
            self._kill_group()
        self._listener.join()
        return code

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _listen(self) -> None:
        """Keep the lines that say what went wrong; the ones after an error's first may quote rows."""
        with cast("IO[bytes]", self._process.stderr) as lines:
            for line in lines:
                text = line.decode(errors="replace").strip()
                if _tells(text):
                    self._words.append(text)


def judged(name: str, code: int, words: str) -> BackupError:
    """Return the error that a program's last words stand for."""
    said = words or f"it ended with {code} and said nothing"
    if any(sign in words for sign in _CONFLICTS):
        return Conflict(f"{name}: {said}")
    if any(sign in words for sign in _LOST):
        return SourceLost(f"{name}: {said}")
    return ProgramFailed(f"{name}: {said}")


def _tells(line: str) -> bool:
    return any(sign in line for sign in ("error:", "ERROR:", "FATAL:", "fatal:", *_LOST))


@cache
def _dying_with_us() -> tuple[str, ...]:
    """The words before a program by which the kernel ends it with the thread that started it.

    util-linux's, because Python's own way is not safe beside threads. Without it a program ends when it finds
    that nobody reads it.
    """
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "KILL", "--") if found else ()
