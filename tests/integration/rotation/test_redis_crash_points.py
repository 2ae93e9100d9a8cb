"""Wherever a rotation of a Redis user dies, the current password works and the next rotation succeeds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.common.errors import DatatierError
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.secrets_manager import PENDING
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed, WatchedVersions
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, STEPS
from tests.integration.rotation.redis_ground import ARNS, RedisGround, redis_ground
from tools.servers.redis import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambdas.common.rotation.versions import Versions
    from lambdas.rotate_redis.authenticator import Authenticator
    from lambdas.rotate_redis.users import Users
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


@pytest.fixture
def ground(servers_directory: Path, authority: Authority) -> Iterator[RedisGround]:
    """Return users with one password each on a Redis of their own."""
    server = RedisServer.create(
        directory=servers_directory / "crashing", identifier="crashing", users=[], parameters={},
        authority=authority,
    )  # fmt: skip
    yield redis_ground(server)
    server.destroy()


def steps(ground: RedisGround, token: str, calls: Calls) -> None:
    """Rotate `app` with one call failing; the step that it belongs to is the last."""
    for step in STEPS:
        ground.run(
            {"SecretId": ARNS["app"], "ClientRequestToken": token, "Step": step},
            versions=cast("Versions", WatchedVersions(ground.memory, calls)),
            users=cast("Users", Watched(ground.users, "ElastiCache", calls)),
            authenticator=cast("Authenticator", Watched(ground.inside, "the function inside", calls)),
        )
    ground.memory.complete(ARNS["app"])


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_at_any_call_the_current_password_works_and_the_next_rotation_succeeds(
    ground: RedisGround, fault: Fault
) -> None:
    arn = ARNS["app"]
    undisturbed = Calls()
    steps(ground, ground.memory.begin(arn), undisturbed)
    assert len(undisturbed.names) > 15, undisturbed.names
    for number in range(1, len(undisturbed.names) + 1):
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
