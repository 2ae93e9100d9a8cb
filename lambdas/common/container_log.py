"""A container's structured log: a JSON object a line on stdout, with the same keys as the functions' logs.

It implements `lambdas.common.logs.Log` without a library, and never takes a secret document or a password.
"""

import json
import sys
from datetime import UTC, datetime
from typing import TextIO


class ContainerLog:
    """Writes each line at once and in one piece, so that threads may share it and a kill loses nothing."""

    def __init__(self, service: str, stream: TextIO | None = None) -> None:
        self._service = service
        self._stream = stream

    def info(self, msg: str, **facts: object) -> None:
        """Report progress."""
        self._write("INFO", msg, facts)

    def warning(self, msg: str, **facts: object) -> None:
        """Report what a person should look at although the task goes on."""
        self._write("WARNING", msg, facts)

    def error(self, msg: str, **facts: object) -> None:
        """Report why the task ends."""
        self._write("ERROR", msg, facts)

    def _write(self, level: str, message: str, facts: dict[str, object]) -> None:
        line = {
            "level": level,
            "message": message,
            "timestamp": datetime.now(tz=UTC).isoformat(timespec="milliseconds"),
            "service": self._service,
            "facts": facts,
        }
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        stream.flush()
