"""Logs in with a document on the primary and on every replica, before it may become current.

A replica has the password when it has replayed the change; so a login there is the proof that it has.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

import psycopg

from lambdas.common.connections import LogIn, accepts, server_says
from lambdas.common.errors import LoginRefused
from lambdas.common.logs import Log
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secret_documents import PostgresSecret

_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the users of a login log in; `replay_seconds` is how long a replica may take to follow."""

    log_in: LogIn
    replica_hosts: tuple[str, ...]
    replay_seconds: float
    log: Log

    def accepts(self, secret: PostgresSecret) -> bool:
        """Whether the primary accepts the login."""
        return accepts(self.log_in, secret)

    def check(self, secret: PostgresSecret, *, known: PostgresSecret) -> None:
        """Log in everywhere; `known` is a login that was accepted there before.

        Raises:
            StepNotDone: the primary refuses it, or a replica has not replayed the change in time.
            ServerUnreachable: one of them is not to be reached: its users might be refused later.
        """
        if not self.accepts(secret):
            raise StepNotDone(
                f"the primary refuses {secret.username} with the pending password: setSecret has not run, or "
                "somebody has changed the password since. The next try sets it again.",
            )
        for host in self.replica_hosts:
            self._check_replica(replace(secret, host=host), known=replace(known, host=host))

    def _check_replica(self, secret: PostgresSecret, *, known: PostgresSecret) -> None:
        deadline = time.monotonic() + self.replay_seconds
        while not self.accepts(secret):
            if self._promoted(known):
                # What is changed on the primary never comes here, and its users have left with it.
                self.log.warning("Not a replica any more, so it is passed over", host=secret.host)
                return
            if time.monotonic() >= deadline:
                raise StepNotDone(
                    f"the replica {secret.host} has not replayed the new password of {secret.username} in "
                    f"{self.replay_seconds:g} seconds. Look at its lag; if it was promoted, take it out of "
                    "the stack (database.read_replicas). The next try asks again.",
                )
            time.sleep(_POLL_SECONDS)

    def _promoted(self, known: PostgresSecret) -> bool:
        try:
            with self.log_in(known) as replica:
                ((follows,),) = replica.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchall()
        except LoginRefused:
            # It has not even replayed the password before, or it never will.
            return False
        except psycopg.Error as error:
            raise StepNotDone(f"the replica {known.host} ended the session: {server_says(error)}.") from error
        return not follows
