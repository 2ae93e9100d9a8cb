"""A program of ours that runs in a folder of its own, and everything that it starts.

Found again by that folder alone (`program_processes` says how): a crash of whoever started it leaves nothing
that cannot be stopped, and no strange process is ever touched, wherever it works.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from tools.servers import processes
from tools.servers.accounts import RunAs, hand_over, run_as
from tools.servers.errors import ServerError
from tools.servers.program_processes import BEGAN_FIELD, MARK, SESSION, leaders, ours
from tools.servers.server import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IDENTITY = "program.json"
LOG = "output.log"
STOP_SECONDS = 10.0

_STARTED: list[subprocess.Popen[bytes]] = []
"""What this process started and does not wait for; a Popen that is collected while it runs would complain."""


@dataclass(frozen=True, kw_only=True)
class ProgramIdentity:
    """What `program.json` holds, never a secret. `log`: the file of its output, if that is elsewhere."""

    identifier: str
    host: str
    port: int
    log: str = ""


class Program:
    """One program in its folder, running or not."""

    kind: ClassVar[str] = "program"
    grace_seconds: ClassVar[float] = STOP_SECONDS
    """How long it may take to end by itself when it is not needed any more."""

    def __init__(self, directory: Path, identity: ProgramIdentity) -> None:
        self.directory = directory.resolve()
        self.identity = identity

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Find a program again from its folder. Raises ServerError if there is none."""
        known = {field.name for field in fields(ProgramIdentity)}
        try:
            written = json.loads((directory / IDENTITY).read_text(encoding="utf-8"))
            return cls(directory, ProgramIdentity(**{name: written[name] for name in known & set(written)}))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ServerError(f"there is no {cls.kind} in {directory}: {error}") from error

    @property
    def identifier(self) -> str:
        """What a person knows it by."""
        return self.identity.identifier

    @property
    def host(self) -> str:
        """Its loopback address."""
        return self.identity.host

    @property
    def port(self) -> int:
        """The port that it is used through; 0 where its folder no longer says so."""
        return self.identity.port

    @property
    def log(self) -> Path:
        """All that it printed."""
        return Path(self.identity.log or self.directory / LOG)

    @property
    def pid(self) -> int | None:
        """The process id, None when it does not run."""
        return next(iter(leaders(self.directory)), None)

    def is_running(self) -> bool:
        """Whether the program, or anything that it left behind, runs."""
        return bool(ours(self.directory))

    def settle(self) -> None:
        """Make the folder anew; what an earlier attempt left running in it is stopped."""
        self.destroy()
        self.directory.mkdir(parents=True)
        self.directory.chmod(0o700)
        write_private(self.directory / IDENTITY, json.dumps(asdict(self.identity), indent=1))

    def launch(
        self, arguments: Sequence[str | Path], *, environment: Mapping[str, str], lend_account: bool
    ) -> subprocess.Popen[bytes]:
        """Start it in a session of its own; `lend_account`: as the account that PostgreSQL runs as."""
        if lend_account:
            hand_over(self.directory)
        with self.log.open("ab") as output:  # by us, whoever it runs as
            process = subprocess.Popen(  # noqa: S603  (a program that the caller names, no shell)
                arguments,
                cwd=self.directory,
                env={**environment, MARK: str(self.directory)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(run_as() if lend_account else RunAs()),
            )
        stat = processes.stat_fields(process.pid)
        if stat:
            write_private(self.directory / SESSION, f"{process.pid} {stat[BEGAN_FIELD]}")
        _forget_ended()
        _STARTED.append(process)
        return process

    def stop(self, *, grace_seconds: float | None = None) -> None:
        """Ask it to end, and kill what is left after the grace; does nothing when it does not run."""
        grace = self.grace_seconds if grace_seconds is None else grace_seconds
        before = ours(self.directory)  # what it leaves behind may be nobody's child by then
        for pid in leaders(self.directory):
            _signal(pid, signal.SIGTERM)
        self._wait(grace, asked=True)
        for one in (*before, *ours(self.directory)):
            if one.lives:
                _signal(one.pid, signal.SIGKILL)
        self._wait(STOP_SECONDS, asked=False)
        _forget_ended()

    def destroy(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        if not self.is_running():
            shutil.rmtree(self.directory, ignore_errors=True)

    def _wait(self, seconds: float, *, asked: bool) -> None:
        """Wait for the program to end (what it leaves behind is killed then), or for everything."""
        deadline = time.monotonic() + seconds
        while (running := self._left(asked=asked)) and time.monotonic() < deadline:
            for pid in running:
                _reap(pid)
            time.sleep(processes.POLL_SECONDS)

    def _left(self, *, asked: bool) -> list[int]:
        return leaders(self.directory) if asked else [one.pid for one in ours(self.directory)]


def _forget_ended() -> None:
    _STARTED[:] = [known for known in _STARTED if known.poll() is None]


def _reap(pid: int) -> None:
    for known in _STARTED:
        if known.pid == pid:
            known.poll()  # lets Popen know, where a bare waitpid would take the exit code from it


def _signal(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)
