"""A bootstrapped tier whose logins rotate: the function as AWS runs it, over real servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.bootstrap.environment import LOGINS
from lambdas.common.connections import connect
from lambdas.common.errors import LoginRefused
from lambdas.common.rotation.contract import parse_event
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.common.secrets_manager import CURRENT
from lambdas.rotate_postgres.environment import Environment, Pooler
from lambdas.rotate_postgres.handler import rotation
from lambdas.rotate_postgres.poolers import Resolve, addresses
from tests.integration.rotation.versions import MemoryVersions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.common.rotation.versions import Versions
    from tests.integration.bootstrap.tier import Tier

MASTER = "master"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CLIENT_CACHE_SECONDS = 300


@dataclass
class Ground:
    """The tier, its secrets (a secret's ARN is its login's name here), and the hosts of its replicas."""

    tier: Tier
    replica_hosts: tuple[str, ...] = ()
    memory: MemoryVersions = field(default_factory=MemoryVersions)
    logins: Mapping[str, str] = field(default_factory=lambda: {login: login for login in LOGINS})
    pooler: Pooler | None = None
    resolve: Resolve = addresses

    def __post_init__(self) -> None:
        for login in (MASTER, *LOGINS):
            self.memory.add(login, self.tier.document(login))

    def step(self, login: str, step: str, token: str, *, versions: Versions | None = None) -> None:
        """Call the function as Secrets Manager does. Raises DatatierError."""
        self.run({"SecretId": login, "ClientRequestToken": token, "Step": step}, versions=versions)

    def run(self, event: Mapping[str, object], *, versions: Versions | None = None) -> None:
        """Call the function with any event. Raises DatatierError."""
        environment = Environment(
            master_secret_arn=MASTER,
            login_secret_arns=self.logins,
            replica_hosts=self.replica_hosts,
            client_cache_seconds=CLIENT_CACHE_SECONDS,
            password_length=32,
            pooler=self.pooler,
        )
        rotation(
            environment,
            versions=versions or self.memory,
            log=self.tier.log,
            ca_bundle=self.tier.database.server.ca_path,
            resolve=self.resolve,
        ).run(parse_event(event))

    def rotate(self, login: str, *, aged: bool = True) -> PostgresSecret:
        """Rotate a login from the first step to the last; `aged` as if the last time were long ago."""
        if aged:
            self.memory.age(login, seconds=CLIENT_CACHE_SECONDS)
        token = self.memory.begin(login)
        for step in STEPS:
            self.step(login, step, token)
        self.memory.complete(login)
        return self.secret(login)

    def secret(self, login: str, stage: str = CURRENT) -> PostgresSecret:
        """What a version of the secret says."""
        text = self.memory.read(login, stage=stage)
        assert text is not None, f"{login} has no {stage}"
        return parse_postgres_secret(text, name=login)

    def accepts(self, secret: PostgresSecret) -> bool:
        """Whether the server of the secret accepts it, as an application finds out."""
        try:
            connect(secret, application_name="test", ca_bundle=self.tier.database.server.ca_path).close()
        except LoginRefused:
            return False
        return True
