"""PgBouncer as a child of this process: started, heard, signalled by its id alone, and never outliving it.

What it says goes on to the task's log. It is given no variable of AWS, and its command line holds no secret.
"""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from containers.pgbouncer import signs
from containers.pgbouncer.errors import ConsoleFailed, StartFailed
from containers.pgbouncer.flood import Flood
from containers.pgbouncer.signs import Line, Meaning
from lambdas.common.child_processes import dies_with_us
from lambdas.common.logs import Log

_START_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.02
_KILL_SECONDS: Final = 5.0
_LAST_LINES: Final = 12
_HANDED_ON: Final = ("PATH", "LANG", "HOME", "TZ", "LD_LIBRARY_PATH")
"""What PgBouncer may know of this process' variables; the others hold AWS's credentials."""

OnLine = Callable[[Line], None]


class PgBouncer:
    """One PgBouncer, from its start to its end."""

    def __init__(self, program: str, configuration: Path, *, log: Log, on_line: OnLine) -> None:
        self._log = log
        self._on_line = on_line
        self._flood = Flood()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._deaf = False
        try:
            self._process = subprocess.Popen(  # noqa: S603  (the task's own program, no shell)
                [program, str(configuration)],
                env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                preexec_fn=dies_with_us(signal.SIGKILL),  # noqa: PLW1509  one async-signal-safe call, and no thread runs yet
            )
        except OSError as error:
            raise StartFailed(f"{program} cannot be started: {error.strerror}.") from error
        self._reader = threading.Thread(target=self._listen, name="pgbouncer-log", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return " | ".join(self._last) or "it said nothing"

    def wait_until(self, answers: Callable[[], object]) -> None:
        """Return when its console answers.

        Raises:
            StartFailed: it ended, listens to nobody, or does not answer in time; it is not left running.
        """
        deadline = time.monotonic() + _START_SECONDS
        reason = ""
        while time.monotonic() < deadline:
            if (code := self._process.poll()) is not None:
                self._reader.join(_KILL_SECONDS)
                raise StartFailed(f"PgBouncer ended at its start with {code}: {self.last_words}")
            try:
                answers()
            except ConsoleFailed as error:
                reason = str(error)
                time.sleep(_POLL_SECONDS)
                continue
            if self._deaf:
                self.kill()
                raise StartFailed(f"PgBouncer cannot listen where it should: {self.last_words}")
            return
        self.kill()
        raise StartFailed(
            f"PgBouncer's console did not answer within {_START_SECONDS:g} s of its start: {reason} "
            f"{self.last_words}"
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; does nothing once it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within the time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._reader.join(_KILL_SECONDS)
        return True

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self.signal(signal.SIGKILL)
        self.wait(_KILL_SECONDS)

    def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  it was asked for
        # As bytes: PgBouncer indents what follows a line feed in a client's name, and Python's own text would
        # begin a line at a carriage return, too.
        for text in self._process.stderr:
            line = signs.read(text.decode(errors="replace"))
            self._last.append(line.message)
            self._deaf = self._deaf or line.meaning is Meaning.NOT_LISTENING
            with suppress(OSError):  # a log that nobody reads any more must not stop PgBouncer's own
                self._hand_on(line)
            self._on_line(line)

    def _hand_on(self, line: Line) -> None:
        passed, left_out = self._flood.passes(time.monotonic())
        if left_out:
            self._log.warning("lines of PgBouncer's log were left out: they came too fast", lines=left_out)
        if passed:
            say = self._log.warning if line.is_warning else self._log.info
            say(f"PgBouncer: {line.message}")


@contextmanager
def ended(pgbouncer: PgBouncer) -> Generator[PgBouncer]:
    """Leave no PgBouncer behind, whatever happens in the block."""
    try:
        yield pgbouncer
    finally:
        if pgbouncer.exit_code is None:
            pgbouncer.kill()
