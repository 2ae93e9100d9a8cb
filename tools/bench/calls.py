"""Times a rotation's calls: psycopg's logins and round trips, and what is asked of Secrets Manager.

A call's time counts whether it succeeds or fails, and none stands inside another.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from unittest.mock import patch

import psycopg

from lambdas.common.rotation.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

LOGINS, ROUND_TRIPS, API_CALLS = "logins", "round trips", "API calls"
API = tuple(name for name in vars(Versions) if not name.startswith("_"))

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Calls:
    """How many there were of each kind, and the time inside all of them."""

    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter[str])

    def timed(self, kind: str, call: Callable[P, R]) -> Callable[P, R]:
        """Return a call that is noted here."""

        def through(*arguments: P.args, **named: P.kwargs) -> R:
            started = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - started
                self.counts[kind] += 1

        return through

    @contextmanager
    def watched(self, versions: Versions) -> Generator[None]:
        """Note every call of psycopg and of `versions` until the end of the block."""
        with ExitStack() as edges:
            edges.enter_context(patch.object(psycopg.Connection, "wait", self._round_trip()))
            edges.enter_context(patch.object(psycopg, "connect", self.timed(LOGINS, psycopg.connect)))
            for name in API:
                call = self.timed(API_CALLS, getattr(versions, name))
                edges.enter_context(patch.object(versions, name, call))
            yield

    def _round_trip(self) -> Callable[..., object]:
        wait = psycopg.Connection[Any].wait
        timed = self.timed(ROUND_TRIPS, wait)

        def through(connection: psycopg.Connection[Any], generator: Any, **named: Any) -> object:  # noqa: ANN401  (as psycopg's)
            counts = sends_anything(connection, generator)
            return (timed if counts else wait)(connection, generator, **named)

        return through


def sends_anything(connection: psycopg.Connection[Any], generator: Any) -> bool:  # noqa: ANN401  (psycopg's own)
    """Whether a wait of psycopg's is for an answer, judged before it begins.

    A session's block ends with a commit, which sends nothing where nothing is open.
    """
    idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    return not (idle and generator.__name__ == "_commit_gen")
