"""Logs in with a document wherever its users do, before it may become current.

A replica has the password when it has replayed the change; so a login there is the proof that it has.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

from lambdas.common.connections import LogIn, accepts
from lambdas.common.logs import Log
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secret_documents import PostgresSecret
from lambdas.rotate_postgres.poolers import Poolers
from lambdas.rotate_postgres.promotion import PastVersions, Replica

_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the users of a login log in; `replay_seconds` is how long a replica may take to follow.

    `poolers` is None for a login that no pooler serves.
    """

    log_in: LogIn
    replica_hosts: tuple[str, ...]
    replay_seconds: float
    past: PastVersions
    poolers: Poolers | None
    log: Log

    def accepts(self, secret: PostgresSecret) -> bool:
        """Whether the primary accepts the login."""
        return accepts(self.log_in, secret)

    def check(self, secret: PostgresSecret) -> None:
        """Log in everywhere.

        Raises:
            StepNotDone: the primary or a pooler refuses it, or a replica has not replayed the change in time.
            ServerUnreachable: one of them is not to be reached: its users might be refused later.
        """
        if not self.accepts(secret):
            raise StepNotDone(
                f"the primary refuses {secret.username} with the pending password: setSecret has not run, or "
                "somebody has changed the password since. The next try sets it again.",
            )
        for host in self.replica_hosts:
            self._check_replica(replace(secret, host=host))
        # After the replicas: a pooler leads to them too.
        if self.poolers is not None:
            self.poolers.check(secret)

    def _check_replica(self, secret: PostgresSecret) -> None:
        replica = Replica(wanted=secret, log_in=self.log_in, past=self.past)
        deadline = time.monotonic() + self.replay_seconds
        while not self.accepts(secret):
            if replica.promoted():
                # What is changed on the primary never comes here, and its users have left with it.
                self.log.warning(
                    "Not a replica any more, so it is passed over: take it out of the stack", host=secret.host
                )
                return
            if time.monotonic() >= deadline:
                raise StepNotDone(self._behind(replica, secret))
            time.sleep(_POLL_SECONDS)

    def _behind(self, replica: Replica, secret: PostgresSecret) -> str:
        late = f"the replica {secret.host} has not replayed the new password of {secret.username} in "
        late += f"{self.replay_seconds:g} seconds"
        if replica.answers:
            return f"{late}. It still is a replica: look at its lag. The next try asks again."
        tried = ", ".join(self.past.stages(secret.host))
        return (
            f"{late}, and accepts none of the passwords before it (tried: {tried}), so it cannot be asked "
            "whether it was promoted. If it was, take it out of the stack (database.read_replicas); if not, "
            "look at its lag. The next try asks again."
        )
