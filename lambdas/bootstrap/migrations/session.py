"""What the parts of one run of migrations share, and how they send: politely to those who wait for a lock."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.errors import MigrationFailed, MigrationInterrupted
from lambdas.bootstrap.migrations.failure import describe
from lambdas.bootstrap.migrations.ledger import Ledger, changed
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.sent import Sent, met_no_row
from lambdas.bootstrap.migrations.simple_query import LOCK_NOT_AVAILABLE, Outcome, Refusal, send
from lambdas.common.logs import Log

_LONGEST_PAUSE_SECONDS = 30.0

# Scripts are sent as UTF-8, and their records are written; the server tells the client when these change.
_NEEDS: Final = {"client_encoding": "UTF8", "default_transaction_read_only": "off"}

OpenSession = Callable[[], Connection[TupleRow]]


@dataclass(kw_only=True)
class Session:
    """The connection that runs the scripts and everything that belongs to it.

    `deadline` of time.monotonic() is when a build is not waited for any longer, None for never.
    `gave_lock_away` is set when Prisma's lock was given back meanwhile: others may have applied something.
    """

    connection: Connection[TupleRow]
    ledger: Ledger
    policy: Policy
    log: Log
    open_session: OpenSession
    lock_wait_seconds: float
    deadline: float | None
    gave_lock_away: bool = field(default=False, init=False)

    @property
    def is_late(self) -> bool:
        """Whether the deadline is over."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def send(self, sent: Sent, *, atomic: bool) -> Outcome:
        """Send a part of a script; what is atomic is tried again when it did not get a lock in time.

        Raises:
            MigrationInterrupted: the connection ended.
            RecordChanged: the record found its row finished, resolved or gone; nothing of the part was kept.
        """
        pause = self.policy.lock_timeout_seconds
        for attempt in range(1, self.policy.lock_attempts + 1):
            outcome = send(self.connection, sent.query)
            self.check(sent, outcome)
            self._restore_needs()
            if (
                not atomic
                or outcome.refusal is None
                or outcome.refusal.sqlstate != LOCK_NOT_AVAILABLE
                or attempt == self.policy.lock_attempts
            ):
                return outcome
            self.end_transaction()
            # Nobody is queued behind it while it pauses.
            seconds = pause * random.uniform(0.5, 1.0)  # noqa: S311  spread, not secrecy
            self.log.warning(
                "A lock was not free in time; giving way and trying again",
                migration=sent.migration.name,
                attempt=f"{attempt} of {self.policy.lock_attempts}",
                pause_seconds=round(seconds, 1),
                server=outcome.refusal.message,
            )
            time.sleep(seconds)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        raise AssertionError  # pragma: no cover  the last attempt returns

    def _restore_needs(self) -> None:
        """Take back what a script has set for a client of its own, psql for example."""
        if self.connection.pgconn.transaction_status == TransactionStatus.IDLE:
            for name, value in _NEEDS.items():
                if self.connection.pgconn.parameter_status(name.encode()) != value.encode():
                    self.connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])

    def check(self, sent: Sent, outcome: Outcome) -> None:
        """Raise MigrationInterrupted if the connection ended, RecordChanged if the record met no row."""
        if outcome.refusal is not None and met_no_row(outcome.refusal):
            self.end_transaction()
            raise changed(sent.migration.name)
        if outcome.lost:
            migration = sent.migration
            said = f" The server said: {outcome.refusal.message}." if outcome.refusal else ""
            raise MigrationInterrupted(
                f"the connection ended while migration {migration.name} ({migration.file}) ran.{said} Deploy "
                "again: what became of it is found out before anything else runs.",
            )

    def left_open(self) -> Refusal | None:
        """What to say of a part that leaves a transaction open, which its text did not show."""
        if self.connection.pgconn.transaction_status == TransactionStatus.IDLE:
            return None
        return Refusal(
            message="the script leaves a transaction open: a BEGIN without its COMMIT",
            sqlstate="25000",
            hint="Add COMMIT at its end, or take BEGIN away: a script is one transaction by itself.",
            position=None,
        )

    def end_transaction(self) -> None:
        """Leave a transaction that failed."""
        if self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self.connection.execute("ROLLBACK")

    def fail(
        self,
        row_id: str,
        sent: Sent,
        refusal: Refusal,
        *,
        completed: int,
        left: str,
        logs: str | None,
        nothing: bool,
    ) -> MigrationFailed:
        """Record a failure in its row, `logs` as the last line that it says, and return it to be raised."""
        self.end_transaction()
        message = describe(sent, refusal, completed=completed, left=left)
        self.ledger.fail(row_id, logs=f"{message}\n{logs}" if logs else message, left_nothing=nothing)
        return MigrationFailed(message)
