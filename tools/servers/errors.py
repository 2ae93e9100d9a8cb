"""What can go wrong with a local server.

ServerError
├── BinaryMissing      a program is not installed
├── ParameterRefused   a parameter the server does not know, or a value it does not take
└── StartFailed        the process did not come up; carries the log's last lines
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOG_LINES = 12


class ServerError(Exception):
    """A local server could not do what was asked; the message says what to do."""


class BinaryMissing(ServerError):
    """A server program is not installed."""


class ParameterRefused(ServerError):
    """A parameter that the server does not know, or a value that it does not take."""


class StartFailed(ServerError):
    """A server did not come up."""

    @classmethod
    def from_log(cls, what: str, log: Path) -> StartFailed:
        """Build the error with the last lines of the server's own log."""
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:] if log.exists() else []
        tail = "\n".join(f"  {line}" for line in lines) or "  (the log is empty)"
        return cls(f"{what} did not start; the last lines of {log}:\n{tail}")
