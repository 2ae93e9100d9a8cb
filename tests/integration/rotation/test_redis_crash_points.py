"""Wherever a rotation of a Redis user dies, the current password works and the next rotation succeeds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import pytest

from lambdas.authenticate_redis.login import log_in
from lambdas.common.errors import DatatierError, ServerUnreachable
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secrets_manager import PENDING
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed, WatchedVersions
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, STEPS
from tests.integration.rotation.redis_ground import (
    ARNS,
    InsideFunction,
    RedisGround,
    redis_ground,
    running_redis,
)
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambdas.authenticate_redis.environment import Endpoint
    from lambdas.common.redis_documents import RedisSecret
    from lambdas.common.rotation.versions import Versions
    from lambdas.rotate_redis.authenticator import Authenticator
    from lambdas.rotate_redis.users import Users
    from tests.integration.rotation.versions import MemoryVersions
    from tools.servers.certificates import Authority


@dataclass
class Watched:
    """An edge whose every call counts."""

    edge: Any
    name: str
    calls: Calls

    def __getattr__(self, method: str) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            answer = getattr(self.edge, method)(*arguments)
            self.calls.done(f"{self.name}: {method}", lost=StepNotDone("no answer came"))
            return answer

        return call


@dataclass
class WatchedInside:
    """The function inside, whose own calls count too; when it dies, its caller hears no more than that."""

    inside: InsideFunction
    calls: Calls

    def check(self, secret_arn: str, version: str | None) -> None:
        def counted(secret: RedisSecret, endpoint: Endpoint, *, ca_bundle: Path) -> None:
            log_in(secret, endpoint, ca_bundle=ca_bundle)
            self.calls.done("Redis: a login", lost=ServerUnreachable("the connection is lost"))

        memory = cast("MemoryVersions", self.inside.versions)
        versions = cast("Versions", WatchedVersions(memory, self.calls))
        with patch("lambdas.authenticate_redis.handler.log_in", counted):
            try:
                replace(self.inside, versions=versions).check(secret_arn, version)
            except Killed:
                raise StepNotDone("the function has failed: see its log.") from None


@pytest.fixture
def ground(servers_directory: Path, authority: Authority) -> Iterator[RedisGround]:
    """Return users with one password each on a Redis of their own."""
    with running_redis(servers_directory, authority, name="crashing") as server:
        yield redis_ground(server)


def steps(ground: RedisGround, token: str, calls: Calls) -> None:
    """Rotate `app` with one call failing; the step that it belongs to is the last."""
    inside = WatchedInside(ground.inside, calls)
    for step in STEPS:
        ground.run(
            {"SecretId": ARNS["app"], "ClientRequestToken": token, "Step": step},
            versions=cast("Versions", WatchedVersions(ground.memory, calls)),
            users=cast("Users", Watched(ground.users, "ElastiCache", calls)),
            authenticator=cast("Authenticator", Watched(inside, "the function inside", calls)),
        )
    ground.memory.complete(ARNS["app"])


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_at_any_call_the_current_password_works_and_the_next_rotation_succeeds(
    ground: RedisGround, fault: Fault
) -> None:
    arn = ARNS["app"]
    undisturbed = Calls()
    steps(ground, ground.memory.begin(arn), undisturbed)
    assert len(undisturbed.names) > 20, undisturbed.names
    for number in sampled(range(1, len(undisturbed.names) + 1), start=FAULTS.index(fault)):
        ground.memory.age(arn, seconds=CLIENT_CACHE_SECONDS)
        with suppress(Killed, DatatierError):
            steps(ground, ground.memory.begin(arn), Calls(number=number, fault=fault))
        where = f"call {number}, {undisturbed.names[number - 1]}"
        assert ground.accepts(ground.secret()), where
        token = ground.memory.secrets[arn].labels.get(PENDING)
        if token is not None:
            # As Secrets Manager tries again: the same version, from the first step.
            steps(ground, token, Calls())
            assert ground.accepts(ground.secret()), where
        assert ground.accepts(ground.rotate()), where
    print(f"Redis, {fault}: {len(undisturbed.names)} calls, each failed once")  # noqa: T201  (what was proven)
