"""Logs in through every task of the pooler, each at its own address, before a document may become current.

A task makes its file of logins from the versions of the secrets, and makes it anew when it refuses somebody:
the first refusal only calls it to look. No certificate is trusted but one of the pooler's own authority, for
the name that clients connect to.
"""

import socket
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.common.answers import ask
from lambdas.common.connections import open_session, server_says, verified
from lambdas.common.documents import read_document
from lambdas.common.errors import ConnectionFailed, SecretInvalid
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secret_documents import PostgresSecret
from lambdas.rotate_postgres.environment import Pooler

_READ: Final = "_read"
"""What the pooler puts behind the database's name for those who only read."""
_APPLICATION: Final = "datatier rotation"
_POLL_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 10.0
"""How long a task may take to run one statement: none waits in its queue while its pool has room."""
_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"

Resolve = Callable[[str, int], Collection[str]]
"""The addresses that a name has now; none where it has none."""


def addresses(name: str, port: int) -> frozenset[str]:
    """Ask the resolver for a name's IPv4 addresses; one that it does not know has none."""
    try:
        found = socket.getaddrinfo(name, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return frozenset()
    return frozenset(str(address[0]) for *_, address in found)


@dataclass(frozen=True, kw_only=True)
class Poolers:
    """The tasks of one pooler; `patience_seconds` is how long they may take to let a new login in.

    `trust` returns the document {"ca": PEM} of whom its certificate must be from.
    """

    pooler: Pooler
    trust: Callable[[], str]
    patience_seconds: float
    resolve: Resolve = addresses

    def check(self, secret: PostgresSecret) -> None:
        """Log in to each task that the name has, to the database and to its replicas, and run a statement.

        The name is looked up again after each round: a task that has gone is not waited for, and one that has
        come is tried.

        Raises:
            StepNotDone: a task still refuses after so long, or there is none.
            SecretInvalid: the trust holds no certificate.
        """
        deadline = time.monotonic() + self.patience_seconds
        passed: set[str] = set()
        refusals: dict[str, str] = {}
        with self._trusted() as ca_bundle:
            while True:
                found = frozenset(self.resolve(self.pooler.tasks, self.pooler.port))
                outstanding = sorted(found - passed)
                if found and not outstanding:
                    return
                if refusals.keys() >= set(outstanding) and time.monotonic() >= deadline:
                    raise StepNotDone(self._refused(secret, {one: refusals[one] for one in outstanding}))
                for address in outstanding:
                    refusal = self._refusal(secret, address, ca_bundle)
                    if refusal is None:
                        passed.add(address)
                    else:
                        refusals[address] = refusal
                if not outstanding or not passed >= set(outstanding):
                    time.sleep(_POLL_SECONDS)

    def _refusal(self, secret: PostgresSecret, address: str, ca_bundle: Path) -> str | None:
        """Why a task does not let the login in; None where it does."""
        for database in (secret.dbname, secret.dbname + _READ):
            try:
                with closing(self._log_in(secret, database, address, ca_bundle)) as session:
                    ask(session, b"SELECT 1", seconds=_ANSWER_SECONDS)
            except ConnectionFailed as error:
                return str(error)
            except psycopg.Error as error:
                return f"{database}: {server_says(error)}"
        return None

    def _log_in(
        self, secret: PostgresSecret, database: str, address: str, ca_bundle: Path
    ) -> Connection[TupleRow]:
        """Connect to the one address, and verify the name that clients connect to."""
        return open_session(
            {
                **verified(secret, ca_bundle=ca_bundle),
                "host": self.pooler.host,
                "hostaddr": address,
                "port": self.pooler.port,
                "dbname": database,
                "application_name": _APPLICATION,
            },
            where=f"{secret.username} at {address}:{self.pooler.port}/{database}",
        )

    def _refused(self, secret: PostgresSecret, refusals: Mapping[str, str]) -> str:
        if not refusals:
            return (
                f"no task of the pooler has an address under {self.pooler.tasks}, so nobody knows whether it "
                f"lets {secret.username} in. Look why its service runs none (datatier pool status, the "
                "service's events); the next try asks again."
            )
        who = "; ".join(f"{address}: {reason}" for address, reason in refusals.items())
        return (
            f"the pooler does not let {secret.username} in after {self.patience_seconds:g} seconds, at "
            f"{who}. A task reads the secret again when it refuses a login: its log says why it did not take "
            "it. Replace a task that does not answer; the next try asks again."
        )

    @contextmanager
    def _trusted(self) -> Generator[Path]:
        """Have the authority's certificates in a file, as libpq takes them."""
        ca = read_document(self.trust(), name=self.pooler.trust_secret_arn, keys=("ca",)).get("ca")
        if not (isinstance(ca, str) and _CERTIFICATE in ca):
            raise SecretInvalid(
                f"secret {self.pooler.trust_secret_arn} has no certificate as its ca, and the pooler is not "
                "trusted without one. The pooling stack's function writes it: deploy that stack.",
            )
        with NamedTemporaryFile("w", prefix="pooler-", suffix=".pem", encoding="utf-8") as file:
            file.write(ca)
            file.flush()
            yield Path(file.name)
