"""A step of the set-up: what it depends on, what it makes, and whether that still holds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
ERROR_LINES = 15


@dataclass(frozen=True)
class Step:
    """One step: it runs when its inputs change, its stamp is gone, or what it made no longer holds."""

    title: str
    inputs: tuple[Path, ...]
    stamp: Path
    run: Callable[[], None]
    holds: Callable[[], bool]

    def ensure(self) -> None:
        """Run the step unless it is done. Raises SetupError."""
        digest = self._digest()
        if self.stamp.exists() and self.stamp.read_text() == digest and self.holds():
            return
        started = time.monotonic()
        print(f"{self.title} …", flush=True)  # noqa: T201  (progress for a person, before rich is installed)
        self.stamp.unlink(missing_ok=True)
        self.run()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(digest)
        print(f"{self.title}: done in {time.monotonic() - started:.0f} s", flush=True)  # noqa: T201  (the same)

    def _digest(self) -> str:
        digest = hashlib.sha256(sys.version.encode())
        for path in self.inputs:
            digest.update(path.read_bytes())
        return digest.hexdigest()


def command(
    arguments: Sequence[str | Path],
    *,
    advice: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> str:
    """Run a program and return what it printed. Raises SetupError with its last lines and the advice."""
    try:
        done = subprocess.run(  # noqa: S603  (fixed programs, no shell)
            [str(argument) for argument in arguments], check=False, text=True, cwd=cwd,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
    except FileNotFoundError as error:
        raise SetupError(f"{arguments[0]} is not installed; {advice}") from error
    if done.returncode:
        tail = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-ERROR_LINES:])
        name = Path(str(arguments[0])).name
        raise SetupError(f"{name} failed (exit code {done.returncode}):\n{tail}\n{advice}")
    return done.stdout
