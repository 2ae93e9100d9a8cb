"""Counts every call that a step makes to Secrets Manager and to a server, and lets one of them be the last.

Killed: the call is done and nothing after it, as when the process dies; what it held open is cut. Reply lost:
the call is done, and the caller is told that the connection broke.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from unittest.mock import patch

import psycopg

from lambdas.common.errors import SecretUnreadable
from tools.bench.calls import sends_anything

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.integration.rotation.versions import MemoryVersions

Fault = Literal["killed", "reply lost"]
FAULTS: tuple[Fault, ...] = ("killed", "reply lost")


class Killed(BaseException):
    """The process would be gone."""


@dataclass
class Calls:
    """The calls so far, by name, and the number of the one that fails, from 1; 0 for none."""

    number: int = 0
    fault: Fault = "killed"
    names: list[str] = field(default_factory=list[str])

    def done(self, name: str, *, lost: Exception) -> None:
        """Note a call that is done."""
        self.names.append(name)
        if len(self.names) == self.number:
            raise Killed if self.fault == "killed" else lost

    @contextmanager
    def watched(self) -> Generator[Calls]:
        """Count what psycopg sends, BEGIN and COMMIT included, and each connection that it makes."""
        wait, connect = psycopg.Connection.wait, psycopg.connect

        def waiting(connection: psycopg.Connection, generator: Any, **named: Any) -> Any:  # noqa: ANN401  as psycopg's
            counts = sends_anything(connection, generator)
            answer = wait(connection, generator, **named)
            if counts:
                self._cut(connection, "PostgreSQL: a round trip")
            return answer

        def connecting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  as psycopg's
            connection = connect(*arguments, **named)
            self._cut(connection, "PostgreSQL: a login")
            return connection

        with patch.object(psycopg.Connection, "wait", waiting), patch.object(psycopg, "connect", connecting):
            yield self

    def _cut(self, connection: psycopg.Connection, name: str) -> None:
        try:
            self.done(name, lost=psycopg.OperationalError("the connection is lost"))
        except BaseException:
            connection.pgconn.finish()
            raise


@dataclass
class WatchedVersions:
    """The versions in memory, whose every call counts."""

    memory: MemoryVersions
    calls: Calls

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            answer = getattr(self.memory, name)(*arguments, **named)
            self.calls.done(f"Secrets Manager: {name}", lost=SecretUnreadable("no answer came"))
            return answer

        return call
