"""Which PgBouncer is there, and whether it may run. It starts nothing but `pgbouncer --version`."""

import re
import subprocess
from dataclasses import dataclass
from typing import Final, Self

from containers.pgbouncer.errors import ProgramMissing, VersionRefused

_TEXT: Final = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?!\d)")
_SECONDS: Final = 30
"""A program that takes longer to say its version than a cold disk needs is broken."""


@dataclass(frozen=True, order=True)
class Version:
    """A release of PgBouncer; ordered."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.26.1` or `1.26`. Raises ValueError: it is neither."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no version; expected one like 1.26.1")
        return cls(*(int(part or 0) for part in found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def of(program: str) -> Version:
    """Ask a program for its version.

    Raises:
        ProgramMissing: it is not there, does not run, or is not PgBouncer.
    """
    try:
        done = subprocess.run(  # noqa: S603  (the task's own program, no shell)
            [program, "--version"], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramMissing(
            f"PgBouncer cannot be run: {error}. Install it, or name it in the variable PGBOUNCER."
        ) from error
    found = re.match(r"PgBouncer (\S+)", done.stdout, re.IGNORECASE)
    version = None if found is None else _TEXT.match(found[1])
    if version is None:
        said = (done.stdout + done.stderr).strip().partition("\n")[0][:200]
        raise ProgramMissing(
            f"{program} --version ended with {done.returncode} and said {said!r}; that is not PgBouncer."
        )
    return Version.parse(version[0])


def require(version: Version, minimum: Version) -> None:
    """Let no older PgBouncer run.

    Raises:
        VersionRefused: it is older.
    """
    if version < minimum:
        raise VersionRefused(
            f"PgBouncer {version} is installed and MINIMUM_VERSION is {minimum}: releases before it have "
            "known vulnerabilities or lack what the settings need. Build the image with a newer package."
        )
