"""Tells a replica that was promoted from one that lags, by asking it. Never by what the primary shows.

On the primary the two look alike: one that is cut off is missing from pg_stat_replication too, and its slot
is idle. Only a session on the server itself is a proof, and a promoted server keeps the passwords of its last
day as a replica. So the version that it still accepts gets a label of ours: no version that has a label is
deleted (Secrets Manager API reference, "UpdateSecretVersionStage").
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import psycopg

from lambdas.common.connections import LogIn, server_says
from lambdas.common.errors import LoginRefused, SecretInvalid
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.rotation.versions import Versions
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.common.secrets_manager import CURRENT, PREVIOUS

_LABEL: Final = "promoted:"


@dataclass(frozen=True, kw_only=True)
class PastVersions:
    """The versions of one secret that a server may have stayed with."""

    arn: str
    versions: Versions

    def stages(self, host: str) -> tuple[str, ...]:
        """The labels that are tried on a host, the newest version first."""
        return (CURRENT, PREVIOUS, _LABEL + host)

    def documents(self, host: str) -> Iterator[tuple[str, PostgresSecret]]:
        """Each label that there is, and what its version says; one that is no login's is passed over."""
        for stage in self.stages(host):
            text = self.versions.read(self.arn, stage=stage)
            if text is not None:
                with suppress(SecretInvalid):
                    yield stage, parse_postgres_secret(text, name=self.arn)

    def keep(self, stage: str, *, host: str) -> None:
        """Label the version that has `stage`, for as long as the host is asked. Raises SecretUnreadable."""
        label, metadata = _LABEL + host, self.versions.describe(self.arn)
        version, before = metadata.version(stage), metadata.version(label)
        if version is not None and version != before:
            self.versions.label(self.arn, version, label, instead_of=before)


@dataclass(kw_only=True)
class Replica:
    """One host among the replicas, for as long as `wanted` is tried on it."""

    wanted: PostgresSecret
    log_in: LogIn
    past: PastVersions
    _known: tuple[str, PostgresSecret] | None = None
    _asked: bool = False

    @property
    def answers(self) -> bool:
        """Whether it has accepted a version before, and so could be asked."""
        return self._known is not None

    def promoted(self) -> bool:
        """Whether it has left the primary for good; False also where no version of the secret is accepted.

        Raises:
            StepNotDone: it ended the session.
            ServerUnreachable, SecretUnreadable: as their names say.
        """
        for stage, document in self._candidates():
            with suppress(LoginRefused):
                follows = self._follows(document)
                self._known = stage, document
                if not follows:
                    self.past.keep(stage, host=self.wanted.host)
                return not follows
        return False

    def _candidates(self) -> Iterator[tuple[str, PostgresSecret]]:
        """What it has accepted before, else every version: these are gone through only once."""
        if self._known is not None:
            yield self._known
        elif not self._asked:
            self._asked = True
            for stage, document in self.past.documents(self.wanted.host):
                # Whatever a version says of a server, it is asked about this one.
                yield stage, replace(self.wanted, username=document.username, password=document.password)

    def _follows(self, document: PostgresSecret) -> bool:
        try:
            with self.log_in(document) as session:
                ((follows,),) = session.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchall()
        except psycopg.Error as error:
            raise StepNotDone(
                f"the replica {document.host} ended the session: {server_says(error)}."
            ) from error
        return bool(follows)
