"""Redis users that rotate: the functions as AWS runs them, over a real Redis 7.

ElastiCache itself is stood in for by its users' passwords on that Redis, set as ElastiCache sets them.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from lambdas.authenticate_redis.environment import Endpoint
from lambdas.authenticate_redis.environment import Environment as Inside
from lambdas.authenticate_redis.handler import authenticate
from lambdas.common.errors import DatatierError
from lambdas.common.redis_documents import RedisSecret, parse_redis_secret
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secrets_manager import CURRENT
from lambdas.rotate_redis.environment import Environment
from lambdas.rotate_redis.handler import rotate
from stacks.constructs.redis_access import app_access, purge_access
from tests.integration.bootstrap.tier import RecordedLog
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, STEPS
from tests.integration.rotation.versions import MemoryVersions
from tools.servers.redis import RedisServer
from tools.servers.redis_configuration import AclUser

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from lambdas.common.rotation.versions import Versions
    from lambdas.rotate_redis.authenticator import Authenticator
    from lambdas.rotate_redis.users import Users
    from tools.servers.certificates import Authority

ACCESS = {
    "app": app_access(key_patterns=["app:*"], channel_patterns=["app:*"]),
    "admin": purge_access(),
}
ARNS = {user: f"secret of {user}" for user in ACCESS}


def user_arn(user: str) -> str:
    return f"arn:aws:elasticache:us-east-1:123456789012:user:datatier-dev-{user}"


@dataclass
class ServerUsers:
    """What ElastiCache's API does, done to the server.

    `modifying` more answers say that a change goes on, and another is refused meanwhile; what is set comes
    into force when that is over. A change takes `change_lasts` of them.
    """

    server: RedisServer
    passwords: dict[str, tuple[str, ...]] = field(repr=False)
    modifying: int = 0
    change_lasts: int = 1
    in_force: bool = True

    def name_of(self, user_id: str) -> str:
        name = user_id.rpartition("-")[2]
        if name not in self.passwords:
            raise StepNotDone(f"ElastiCache refuses user {user_id}: UserNotFound.")
        return name

    def is_active(self, user_id: str) -> bool:
        self.name_of(user_id)
        self.modifying = max(0, self.modifying - 1)
        if not self.modifying and not self.in_force:
            self.load()
        return self.modifying == 0

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        assert 1 <= len(passwords) <= 2, "ElastiCache takes one or two"
        if self.modifying:
            raise StepNotDone(f"ElastiCache refuses user {user_id}: InvalidUserState.")
        self.passwords[self.name_of(user_id)] = tuple(passwords)
        self.modifying, self.in_force = self.change_lasts, False

    def load(self) -> None:
        """Put the passwords in force."""
        self.server.set_users(
            [
                AclUser(name=name, access_string=ACCESS[name], passwords=passwords)
                for name, passwords in self.passwords.items()
            ]
        )
        self.in_force = True


@dataclass
class InsideFunction:
    """The function inside the VPC, called as Lambda calls it: an error comes back as its message alone."""

    versions: Versions
    endpoints: tuple[Endpoint, ...]
    ca_bundle: Path

    def check(self, secret_arn: str, version: str | None) -> None:
        try:
            authenticate(
                {"SecretId": secret_arn, "VersionId": version},
                environment=Inside(user_secret_arns=ARNS, endpoints=self.endpoints),
                versions=self.versions,
                ca_bundle=self.ca_bundle,
            )
        except DatatierError as error:
            raise StepNotDone(str(error)) from None


@dataclass
class RedisGround:
    """The server, its users' secrets, and both functions."""

    server: RedisServer
    users: ServerUsers
    memory: MemoryVersions
    inside: InsideFunction
    log: RecordedLog = field(default_factory=RecordedLog)
    seconds_left: float = 30

    def run(
        self,
        event: Mapping[str, object],
        *,
        versions: Versions | None = None,
        users: Users | None = None,
        authenticator: Authenticator | None = None,
    ) -> None:
        """Call the function with any event. Raises DatatierError."""
        rotate(
            event,
            environment=Environment(
                user_secret_arns=ARNS,
                authenticator="authenticate_redis",
                client_cache_seconds=CLIENT_CACHE_SECONDS,
                password_length=32,
            ),
            versions=versions or self.memory,
            users=users or self.users,
            authenticator=authenticator or self.inside,
            seconds_left=lambda: self.seconds_left,
            log=self.log,
        )

    def step(self, user: str, step: str, token: str) -> None:
        """Call it as Secrets Manager does. Raises DatatierError."""
        self.run({"SecretId": ARNS[user], "ClientRequestToken": token, "Step": step})

    def rotate(self, user: str = "app") -> RedisSecret:
        """Rotate a user from the first step to the last, long after the last time."""
        self.memory.age(ARNS[user], seconds=CLIENT_CACHE_SECONDS)
        token = self.memory.begin(ARNS[user])
        for step in STEPS:
            self.step(user, step, token)
        self.memory.complete(ARNS[user])
        return self.secret(user)

    def secret(self, user: str = "app", stage: str = CURRENT) -> RedisSecret:
        """What a version of the secret says."""
        text = self.memory.read(ARNS[user], stage=stage)
        assert text is not None, f"{user} has no {stage}"
        return parse_redis_secret(text, name=user)

    def client(self, secret: RedisSecret) -> redis.Redis:
        """Connect as an application does."""
        return redis.Redis(
            host=self.server.host, port=self.server.port, username=secret.username, password=secret.password,
            ssl=True, ssl_ca_certs=str(self.server.ca_path), ssl_check_hostname=True,
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip

    def accepts(self, secret: RedisSecret) -> bool:
        """Whether the server accepts it."""
        with self.client(secret) as client:
            try:
                return bool(client.ping())
            except redis.AuthenticationError:
                return False


@contextmanager
def running_redis(servers_directory: Path, authority: Authority, *, name: str) -> Generator[RedisServer]:
    """Run a Redis without users, and remove it afterwards."""
    server = RedisServer.create(
        directory=servers_directory / name, identifier=name, users=[], parameters={}, authority=authority
    )
    try:
        yield server
    finally:
        server.destroy()


def redis_ground(server: RedisServer) -> RedisGround:
    """Return users with a password each, in force on the server and in their secrets."""
    memory = MemoryVersions()
    passwords = {user: (f"first of {user}",) for user in ACCESS}
    for user, (password,) in passwords.items():
        document = {"username": user, "password": password, "user_arn": user_arn(user)}
        memory.add(ARNS[user], json.dumps(document))
    users = ServerUsers(server, passwords)
    users.load()
    endpoint = Endpoint(host=server.host, port=server.port)
    inside = InsideFunction(memory, (endpoint,), server.ca_path)
    return RedisGround(server=server, users=users, memory=memory, inside=inside)
