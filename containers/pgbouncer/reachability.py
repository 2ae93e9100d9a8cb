"""Looks at one PostgreSQL server, second by second: is it there, and is it the primary or a replica?

A session is kept open as `monitor`, because a server that goes down tells whoever is connected, at once. One
cheap question a second tells a replica that was promoted, and a server that is gone without a word.
"""

import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from containers.pgbouncer.sessions import Unanswered, ask, readable
from lambdas.common.connections import open_session, verified
from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret

_QUESTION: Final = "SELECT pg_is_in_recovery()"
_APPLICATION_NAME: Final = "datatier-pgbouncer"
_PAUSE_SECONDS: Final = 1.0
_PAUSE_WHILE_DOWN_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 2.0
"""An overloaded server may take longer; it is called down only if a new session fails, too."""
_CONNECT_SECONDS: Final = 3
_RENEW_SECONDS: Final = 60.0
"""A session this old is made anew: the name may lead elsewhere by now, and the login may fail."""


class State(Enum):
    """What a server is."""

    PRIMARY = auto()
    REPLICA = auto()
    REFUSES = auto()
    """It is there, and `monitor` may not log in: what it is cannot be asked."""
    DOWN = auto()


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What a look has found; `fresh`: by a new session, so by the way that PgBouncer takes, too.

    `address` is where the name led to; nothing where there is no session.
    """

    host: str
    state: State
    reason: str = ""
    fresh: bool = False
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to get to the server; `secret` is asked for at each new session, because it rotates."""

    host: str
    ca_bundle: Path
    secret: Callable[[], PostgresSecret]

    def open(self) -> psycopg.Connection[TupleRow]:
        """Log in, verified. Raises LoginRefused, ServerUnreachable."""
        secret = replace(self.secret(), host=self.host)
        return open_session(
            {
                **verified(secret, ca_bundle=self.ca_bundle),
                "application_name": _APPLICATION_NAME,
                "connect_timeout": _CONNECT_SECONDS,
            },
            where=f"{secret.username} at {secret.host}:{secret.port}",
        )


class Watch:
    """Watches one server; `tell` is given every sighting, in the watch's own thread."""

    def __init__(self, way: Way, tell: Callable[[Sighting], None]) -> None:
        self._way = way
        self._tell = tell
        self._session: psycopg.Connection[TupleRow] | None = None
        self._renew_at = 0.0
        self._ear, self._bell = socket.socketpair()
        self._stopped = threading.Event()

    def first(self) -> Sighting:
        """Look once, before there is a thread."""
        return self._look()

    def run(self) -> None:
        """Look until stopped."""
        while not self._stopped.is_set():
            found = self._look()
            self._tell(found)
            self._rest(_PAUSE_WHILE_DOWN_SECONDS if found.state is State.DOWN else _PAUSE_SECONDS)
        self._drop()

    def look_again(self) -> None:
        """Have it look at once, by a new session."""
        self._renew_at = 0.0
        self._ring()

    def stop(self) -> None:
        """Have `run` return."""
        self._stopped.set()
        self._ring()

    def _look(self) -> Sighting:
        if self._session is not None and time.monotonic() < self._renew_at:
            with suppress(Unanswered):
                return self._asked(self._session, fresh=False)
        self._drop()
        self._renew_at = time.monotonic() + _RENEW_SECONDS
        try:
            self._session = self._way.open()
            return self._asked(self._session, fresh=True)
        except LoginRefused as error:
            return self._sighting(State.REFUSES, str(error))
        except (ServerUnreachable, Unanswered) as error:
            self._drop()
            return self._sighting(State.DOWN, str(error))

    def _asked(self, session: psycopg.Connection[TupleRow], *, fresh: bool) -> Sighting:
        answer = ask(session, _QUESTION, seconds=_ANSWER_SECONDS)
        recovers = answer.rows[0][0] == "t"
        state = State.REPLICA if recovers else State.PRIMARY
        return Sighting(host=self._way.host, state=state, fresh=fresh, address=session.info.hostaddr)

    def _sighting(self, state: State, reason: str) -> Sighting:
        return Sighting(host=self._way.host, state=state, reason=reason.partition("\n")[0], fresh=True)

    def _rest(self, seconds: float) -> None:
        """Wait for the next look: shorter when somebody rings, or when the server hangs up."""
        sockets: list[int] = [self._ear.fileno()]
        if self._session is not None:
            sockets.append(self._session.pgconn.socket)
        heard, _, _ = select.select(sockets, [], [], seconds)
        if self._ear.fileno() in heard:
            self._ear.recv(4096)
        elif heard and self._session is not None and _hung_up(self._session):
            self._drop()
            # Told before anything else is tried: PgBouncer's own sessions are gone by the same moment.
            self._tell(self._sighting(State.DOWN, "the server closed the connection"))

    def _ring(self) -> None:
        with suppress(OSError):
            self._bell.send(b".")

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _hung_up(session: psycopg.Connection[TupleRow]) -> bool:
    """Whether what the server says unasked is its end; a change of a parameter is none."""
    try:
        while readable(session, seconds=0):
            session.pgconn.consume_input()
            if session.pgconn.transaction_status == psycopg.pq.TransactionStatus.UNKNOWN:
                return True
            if session.pgconn.get_result() is not None:
                return True
    except (psycopg.Error, Unanswered):
        return True
    return False
