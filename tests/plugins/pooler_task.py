"""One pooler task that runs as a process: what it says, how it is reached, and how it ends."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import psycopg
from psycopg.conninfo import make_conninfo

from containers.pgbouncer.version import Version, of
from tests.plugins.pgbouncer_version import pgbouncer_program
from tools.servers.program import Program

if TYPE_CHECKING:
    import signal
    import subprocess
    from collections.abc import Callable

    from tests.integration.bootstrap.tier import Tier

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.02


@cache
def program_version() -> Version:
    """Which release it is."""
    return of(pgbouncer_program())


class Pooler(Program):
    """One running task."""

    kind: ClassVar[str] = "pooler"
    process: subprocess.Popen[bytes]
    health_port: int
    ca_path: Path
    tier: Tier

    @property
    def text(self) -> str:
        """All that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def documents(self) -> list[dict[str, object]]:
        """The lines of its log and its metrics."""
        lines = (line for line in self.text.splitlines() if line.startswith("{"))
        return [json.loads(line) for line in lines if line.endswith("}")]

    @property
    def complaints(self) -> list[str]:
        """What it has written to stderr."""
        return [line for line in self.text.splitlines() if not line.startswith("{")]

    @property
    def pgbouncer(self) -> int | None:
        """The process id of its PgBouncer."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = found.read_text(encoding="ascii").split() if found.exists() else []
        return int(children[0]) if children else None

    def connect(
        self, login: str = "app", *, database: str | None = None, **parameters: str | int
    ) -> psycopg.Connection:
        """Log in as an application does, verify-full and in autocommit."""
        settings: dict[str, str | int] = {
            "host": self.host,
            "port": self.port,
            "dbname": database or self.tier.database.name,
            "user": self.tier.users[login],
            "password": self.tier.passwords[login],
            "sslmode": "verify-full",
            "sslrootcert": str(self.ca_path),
            "connect_timeout": 30,
            **parameters,
        }
        connection = psycopg.connect(make_conninfo("", **settings), autocommit=True)
        connection.prepare_threshold = None
        return connection

    @property
    def read_database(self) -> str:
        """The name by which clients read."""
        return f"{self.tier.database.name}_read"

    def health(self) -> int:
        """The status of GET /health; 0 when nobody listens."""
        try:
            with urllib.request.urlopen(
                f"http://{self.host}:{self.health_port}/health", timeout=10
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def send(self, number: signal.Signals) -> None:
        """Signal the task, as ECS does."""
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for its end."""
        return self.process.wait(WAIT_SECONDS)

    def wait_for(self, words: str, *, times: int = 1) -> None:
        """Wait until it has said so."""
        until(lambda: self.text.count(words) >= times, lambda: self.text)


def until(
    happened: Callable[[], bool], told: Callable[[], object] | str = "", *, seconds: float = WAIT_SECONDS
) -> None:
    """Wait for something to be so; `told` is what a failure shows."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, told if isinstance(told, str) else told()
        time.sleep(POLL_SECONDS)
