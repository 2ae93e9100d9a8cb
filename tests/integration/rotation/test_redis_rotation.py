"""Redis users rotate with two live passwords: nobody is refused until the next rotation but one."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from docs.examples.redis_client import RotatingCredentials
from docs.examples.secret_cache import SecretCache
from lambdas.authenticate_redis.environment import Endpoint
from lambdas.common.errors import DatatierError, SecretInvalid
from lambdas.common.redis_documents import RedisSecret
from lambdas.common.rotation.errors import EventInvalid, NotStaged, PendingRefused, StepNotDone, TooSoon
from lambdas.common.secrets_manager import CURRENT, PENDING
from lambdas.rotate_redis import user as redis_user
from tests.integration.rotation import redis_ground as redis_grounds
from tests.integration.rotation.ground import STEPS
from tests.integration.rotation.load import (
    Application,
    RedisConnectionPerCommand,
    RedisPersistent,
    at_work,
    settle,
)
from tests.integration.rotation.redis_ground import (
    ACCESS,
    ARNS,
    RedisGround,
    redis_ground,
    running_redis,
    user_arn,
)
from tests.integration.rotation.versions import PREVIOUS
from tools.servers.addresses import free_address
from tools.servers.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tools.servers.redis import RedisServer

CACHE_SECONDS = 1.0


@pytest.fixture(scope="module")
def server(servers_directory: Path, authority: Authority) -> Iterator[RedisServer]:
    """Return a running Redis."""
    with running_redis(servers_directory, authority, name="rotating") as running:
        yield running


@pytest.fixture
def ground(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisGround:
    """Return its users, each with one password."""
    monkeypatch.setattr(redis_user, "_POLL_SECONDS", 0.01)
    return redis_ground(server)


@contextmanager
def refused(ground: RedisGround, kind: type[DatatierError], match: str) -> Generator[None]:
    """What is done in the block is refused, shows no password, and the current secret works on."""
    with pytest.raises(kind, match=match) as error:
        yield
    assert ground.accepts(ground.secret())
    for text in ground.memory.secrets[ARNS["app"]].texts.values():
        if text is not None:
            assert json.loads(text)["password"] not in str(error.value)


def begun(ground: RedisGround, *, to: str = "setSecret") -> str:
    """Rotate `app` up to and without a step."""
    token = ground.memory.begin(ARNS["app"])
    for step in STEPS[: STEPS.index(to)]:
        ground.step("app", step, token)
    return token


def spoil(ground: RedisGround, stage: str, **changes: object) -> None:
    secret = ground.memory.secrets[ARNS["app"]]
    document = json.loads(secret.texts[secret.labels[stage]] or "") | changes
    secret.texts[secret.labels[stage]] = json.dumps(document)


def reader(ground: RedisGround) -> Callable[[], str]:
    return lambda: ground.memory.read(ARNS["app"], stage=CURRENT) or ""


@pytest.mark.parametrize("user", ACCESS)
def test_the_password_before_works_until_the_next_rotation(ground: RedisGround, user: str) -> None:
    first = ground.secret(user)
    second = ground.rotate(user)
    assert second.username == first.username
    assert ground.secret(user, PREVIOUS) == first
    assert ground.accepts(first)
    assert ground.accepts(second)
    third = ground.rotate(user)
    assert [ground.accepts(secret) for secret in (first, second, third)] == [False, True, True]


def test_live_connections_are_not_cut(ground: RedisGround) -> None:
    with ground.client(ground.secret()) as client:
        client.set("app:1", "x")
        ground.rotate()
        ground.rotate()
        assert client.get("app:1") == b"x"


def test_a_rotation_too_soon_is_refused_with_the_time_to_wait(ground: RedisGround) -> None:
    ground.rotate()
    with refused(ground, TooSoon, "wait 5 min"):
        ground.step("app", "createSecret", ground.memory.begin(ARNS["app"]))


def test_every_step_may_come_twice(ground: RedisGround) -> None:
    token = ground.memory.begin(ARNS["app"])
    for step in (*STEPS[:1], *STEPS[:2], *STEPS[:3], *STEPS, *STEPS):
        ground.step("app", step, token)
    assert ground.accepts(ground.secret())
    assert ground.accepts(ground.secret(stage=PREVIOUS))


def test_a_password_that_is_not_in_force_never_becomes_current(ground: RedisGround) -> None:
    token = begun(ground)
    for step in STEPS[2:]:
        with refused(ground, StepNotDone, "Redis user app at .* is refused"):
            ground.step("app", step, token)


def test_a_rotation_that_was_given_up_leaves_nothing_behind_that_matters(ground: RedisGround) -> None:
    begun(ground, to="testSecret")
    first = ground.secret()
    ground.memory.give_up(ARNS["app"])
    second = ground.rotate()
    assert ground.accepts(first)
    assert ground.accepts(second)
    assert ground.users.passwords["app"] == (second.password, first.password)


def test_the_test_that_a_schedule_is_attached_with_passes_with_nothing_pending(ground: RedisGround) -> None:
    ground.step("app", "testSecret", ground.memory.begin(ARNS["app"]))


def test_a_user_that_is_being_changed_is_waited_for_as_long_as_the_call_may(ground: RedisGround) -> None:
    ground.users.modifying = 3
    assert ground.accepts(ground.rotate())
    token = ground.memory.begin(ARNS["app"])
    ground.memory.age(ARNS["app"], seconds=3600)
    ground.step("app", "createSecret", token)
    ground.users.modifying, ground.seconds_left = 1000, 0
    with refused(ground, StepNotDone, "is still changing user datatier-dev-app"):
        ground.step("app", "setSecret", token)


def test_a_user_that_is_gone_is_said(ground: RedisGround) -> None:
    token = begun(ground)
    del ground.users.passwords["app"]
    with pytest.raises(StepNotDone, match="UserNotFound"):
        ground.step("app", "setSecret", token)


def test_a_server_that_is_not_to_be_reached_holds_the_rotation_up(ground: RedisGround) -> None:
    host, port = free_address()
    token = begun(ground, to="testSecret")
    there = ground.inside.endpoints
    ground.inside.endpoints = (*there, Endpoint(host=host, port=port))
    with refused(ground, StepNotDone, f"no verified connection to Redis as app at {host}"):
        ground.step("app", "finishSecret", token)
    ground.inside.endpoints = there
    ground.step("app", "finishSecret", token)
    assert ground.accepts(ground.secret())


def test_a_server_with_another_authoritys_certificate_is_refused(ground: RedisGround, tmp_path: Path) -> None:
    ground.inside.ca_bundle = Authority(tmp_path / "another").ca_path
    token = begun(ground, to="testSecret")
    with refused(ground, StepNotDone, "certificate verify failed"):
        ground.step("app", "testSecret", token)


@pytest.mark.parametrize("changes", [{"username": "admin"}, {"user_arn": user_arn("admin")}])
def test_a_pending_document_of_another_user_is_refused(ground: RedisGround, changes: dict[str, str]) -> None:
    token = begun(ground)
    spoil(ground, PENDING, **changes)
    for step in STEPS[1:]:
        with refused(ground, PendingRefused, "names (another user|the user admin)"):
            ground.step("app", step, token)


@pytest.mark.parametrize("text", ["", "hunter2", '{"username": "app"}'])
def test_a_malformed_document_is_refused_and_not_shown(ground: RedisGround, text: str) -> None:
    token = ground.memory.begin(ARNS["app"])
    secret = ground.memory.secrets[ARNS["app"]]
    secret.texts[secret.labels[CURRENT]] = text
    with pytest.raises(SecretInvalid, match="secret of Redis user app") as error:
        ground.step("app", "createSecret", token)
    assert "hunter2" not in str(error.value)


def test_events_for_unknown_secrets_and_versions_are_refused(ground: RedisGround) -> None:
    with refused(ground, NotStaged, "is not AWSPENDING"):
        ground.step("app", "setSecret", "8f0f3a2b-8a57-4f0e-9f0c-2a7f3f4ad111")
    with refused(ground, EventInvalid, "is none that this function rotates"):
        ground.run({"SecretId": "another", "ClientRequestToken": "t", "Step": "setSecret"})
    with refused(ground, StepNotDone, "is no secret whose user this function logs in as"):
        ground.inside.check("another", None)


def test_applications_at_work_notice_nothing_of_three_rotations(
    ground: RedisGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The interval that is enforced is the applications' cache time, which is short here.
    monkeypatch.setattr(redis_grounds, "CLIENT_CACHE_SECONDS", CACHE_SECONDS)
    working: list[Application] = []
    for kind in (RedisConnectionPerCommand, RedisPersistent):
        one = kind(
            name=kind.__name__, read=reader(ground), query="app:x",
            host=ground.server.host, ca_path=str(ground.server.ca_path), cache_seconds=CACHE_SECONDS,
        )  # fmt: skip
        one.port = ground.server.port
        working.append(one)
    with at_work(working):
        settle(working)
        for _ in range(3):
            ground.rotate()
            time.sleep(CACHE_SECONDS + 0.5)
    done = sum(one.tally.done for one in working)
    print(f"{done} operations, 0 failures")  # noqa: T201  (what was proven)
    assert [failure for one in working for failure in one.tally.failures] == []
    assert done > 50


def test_the_control_that_rotates_sooner_than_clients_read_again_is_noticed(ground: RedisGround) -> None:
    secret = SecretCache(reader(ground), seconds=60)
    refused_before = RotatingCredentials(secret)
    refused_before.get_credentials()
    ground.rotate()
    ground.rotate()
    username, password = refused_before.get_credentials()
    assert not ground.accepts(RedisSecret(username=username, password=password, user_arn=""))
