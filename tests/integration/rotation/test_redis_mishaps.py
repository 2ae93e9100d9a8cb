"""What a Redis user's rotation meets: another rotation, another user's ARN, false servers."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import pytest
import redis

from lambdas.authenticate_redis import login
from lambdas.authenticate_redis.environment import Endpoint
from lambdas.authenticate_redis.login import log_in
from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.redis_documents import RedisSecret
from lambdas.common.rotation.errors import NotStaged, PendingRefused, StepNotDone
from lambdas.common.secrets_manager import CURRENT, PENDING
from lambdas.rotate_redis import user as redis_user
from tests.integration.rotation.ground import STEPS
from tests.integration.rotation.redis_ground import (
    ARNS,
    RedisGround,
    ServerUsers,
    redis_ground,
    running_redis,
    user_arn,
)
from tools.servers.addresses import free_address
from tools.servers.redis import RedisServer
from tools.servers.redis_configuration import SERVICE, AclUser

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from tools.servers.certificates import Authority

ARN = ARNS["app"]


@pytest.fixture(scope="module")
def server(servers_directory: Path, authority: Authority) -> Iterator[RedisServer]:
    """Return a running Redis."""
    with running_redis(servers_directory, authority, name="mishaps") as running:
        yield running


@pytest.fixture
def ground(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisGround:
    """Return its users, each with one password."""
    monkeypatch.setattr(redis_user, "_POLL_SECONDS", 0.01)
    return redis_ground(server)


@dataclass
class BusyMeanwhile:
    """A user that is being changed when it is first looked at; `meanwhile` happens during that wait."""

    users: ServerUsers
    meanwhile: Callable[[], object] | None

    def name_of(self, user_id: str) -> str:
        return self.users.name_of(user_id)

    def is_active(self, user_id: str) -> bool:
        if self.meanwhile is None:
            return self.users.is_active(user_id)
        happens, self.meanwhile = self.meanwhile, None
        happens()
        return False

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        self.users.set_passwords(user_id, passwords)


@dataclass
class BusyInTheLastMoment:
    """A user that somebody else begins to change between the look at it and the change."""

    users: ServerUsers

    def name_of(self, user_id: str) -> str:
        return self.users.name_of(user_id)

    def is_active(self, user_id: str) -> bool:
        return self.users.is_active(user_id)

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        self.users.modifying = 2
        self.users.set_passwords(user_id, passwords)


@contextmanager
def forwarding(target: tuple[str, int]) -> Generator[Endpoint]:
    """Stand at another address and pass everything on, as who sits between a client and its server does."""

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(target)
                with client, server:
                    back = threading.Thread(target=carry, args=(server, client))
                    back.start()
                    carry(client, server)
                    with suppress(OSError):
                        server.shutdown(socket.SHUT_RDWR)
                    back.join()

    host, port = free_address()
    with socket.create_server((host, port)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Endpoint(host=host, port=port)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def silence() -> Generator[tuple[Endpoint, list[socket.socket]]]:
    """Accept connections and say nothing."""
    host, port = free_address()
    taken: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                taken.append(listener.accept()[0])

    with socket.create_server((host, port)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Endpoint(host=host, port=port), taken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()


def endpoint_of(server: RedisServer) -> Endpoint:
    return Endpoint(host=server.host, port=server.port)


def refused_logins(server: RedisServer) -> int:
    """How many logins the server has refused since it was asked last."""
    password = (server.directory / "service.password").read_text()
    with redis.Redis(
        host=server.host, port=server.port, username=SERVICE, password=password,
        ssl=True, ssl_ca_certs=str(server.ca_path), ssl_check_hostname=True,
    ) as connection:  # fmt: skip
        entries = cast("list[dict[str, object]]", connection.acl_log())
        connection.acl_log_reset()
    return sum(int(str(entry["count"])) for entry in entries if entry["reason"] == "auth")


def test_a_change_takes_its_time_and_both_passwords_work_when_it_is_done(ground: RedisGround) -> None:
    ground.users.change_lasts = 3
    first = ground.secret()
    token = ground.memory.begin(ARN)
    for step in STEPS[:2]:
        ground.step("app", step, token)
    pending = ground.secret(stage=PENDING)
    assert ground.accepts(first)
    assert not ground.accepts(pending)
    for step in STEPS[2:]:
        ground.step("app", step, token)
    assert ground.secret() == pending
    assert ground.accepts(first)
    assert ground.accepts(pending)


def test_a_step_that_outlived_its_rotation_drops_nothing_that_is_current(ground: RedisGround) -> None:
    token = ground.memory.begin(ARN)
    ground.step("app", "createSecret", token)

    def another_rotation() -> None:
        ground.memory.give_up(ARN)
        ground.rotate()

    late = BusyMeanwhile(ground.users, another_rotation)
    with pytest.raises(NotStaged, match="another rotation has begun since"):
        ground.run({"SecretId": ARN, "ClientRequestToken": token, "Step": "setSecret"}, users=late)
    assert ground.accepts(ground.secret())
    assert ground.accepts(ground.rotate())


def test_a_step_that_comes_twice_at_once_is_done_once(ground: RedisGround) -> None:
    first, token = ground.secret(), ground.memory.begin(ARN)
    ground.step("app", "createSecret", token)

    def the_others() -> None:
        for step in STEPS[1:]:
            ground.step("app", step, token)

    late = BusyMeanwhile(ground.users, the_others)
    ground.run({"SecretId": ARN, "ClientRequestToken": token, "Step": "setSecret"}, users=late)
    assert ground.accepts(ground.secret())
    assert ground.accepts(first)
    assert ground.users.passwords["app"] == (ground.secret().password, first.password)


def test_documents_that_were_turned_to_another_users_arn_leave_that_user_alone(ground: RedisGround) -> None:
    token = ground.memory.begin(ARN)
    ground.step("app", "createSecret", token)
    secret = ground.memory.secrets[ARN]
    for stage in (CURRENT, PENDING):
        document = json.loads(secret.texts[secret.labels[stage]] or "") | {"user_arn": user_arn("admin")}
        secret.texts[secret.labels[stage]] = json.dumps(document)
    with pytest.raises(PendingRefused, match=r"user datatier-dev-admin, which logs in as admin. Nothing was"):
        ground.step("app", "setSecret", token)
    assert ground.accepts(ground.secret("admin"))
    assert ground.accepts(ground.secret())


def test_a_user_that_becomes_busy_in_the_last_moment_is_left_to_the_next_try(ground: RedisGround) -> None:
    token = ground.memory.begin(ARN)
    ground.step("app", "createSecret", token)
    busy = BusyInTheLastMoment(ground.users)
    with pytest.raises(StepNotDone, match="InvalidUserState"):
        ground.run({"SecretId": ARN, "ClientRequestToken": token, "Step": "setSecret"}, users=busy)
    for step in STEPS[1:]:
        ground.step("app", step, token)
    assert ground.accepts(ground.secret())


def test_a_server_that_shows_another_servers_certificate_gets_no_password(ground: RedisGround) -> None:
    with (
        forwarding((ground.server.host, ground.server.port)) as impostor,
        pytest.raises(ServerUnreachable, match="IP address mismatch"),
    ):
        log_in(ground.secret(), impostor, ca_bundle=ground.server.ca_path)


def test_a_bundle_that_is_missing_is_no_reason_to_trust_anybody(ground: RedisGround, tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable, match="is missing, and a connection is never made without it"):
        log_in(ground.secret(), endpoint_of(ground.server), ca_bundle=tmp_path / "none.pem")


def test_a_wrong_password_is_tried_once(ground: RedisGround) -> None:
    refused_logins(ground.server)
    wrong = replace(ground.secret(), password="of nobody")  # noqa: S106  (made for this test)
    with pytest.raises(LoginRefused, match="invalid username-password pair") as error:
        log_in(wrong, endpoint_of(ground.server), ca_bundle=ground.server.ca_path)
    assert "of nobody" not in str(error.value)
    assert refused_logins(ground.server) == 1


def test_a_server_that_says_nothing_is_asked_once_and_given_up(
    ground: RedisGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "_TIMEOUT_SECONDS", 0.2)
    with silence() as (endpoint, taken):
        with pytest.raises(ServerUnreachable, match=f"as app at {endpoint.host}:{endpoint.port}: Timeout"):
            log_in(ground.secret(), endpoint, ca_bundle=ground.server.ca_path)
        assert len(taken) == 1


def test_a_user_that_may_not_even_ping_is_refused(ground: RedisGround) -> None:
    password = "of an idler"  # noqa: S105  (made for this test)
    ground.server.set_users([AclUser(name="idler", access_string="on -@all", passwords=(password,))])
    idler = RedisSecret(username="idler", password=password, user_arn=user_arn("idler"))
    with pytest.raises(LoginRefused, match=r"Redis user idler at .* is refused"):
        log_in(idler, endpoint_of(ground.server), ca_bundle=ground.server.ca_path)


def test_each_password_is_tried_where_every_user_logs_in(
    ground: RedisGround, servers_directory: Path, authority: Authority
) -> None:
    replica = RedisServer.create(
        directory=servers_directory / "mishaps-2", identifier="mishaps-2", users=[], parameters={},
        authority=authority, replica_of=ground.server,
    )  # fmt: skip
    try:
        # Its users are its own, as a node's that the change has not reached.
        ground.inside.endpoints = (*ground.inside.endpoints, endpoint_of(replica))
        token = ground.memory.begin(ARN)
        for step in STEPS[:2]:
            ground.step("app", step, token)
        with pytest.raises(StepNotDone, match=f"Redis user app at {replica.host}:{replica.port} is refused"):
            ground.step("app", "finishSecret", token)
        assert ground.accepts(ground.secret())
    finally:
        replica.destroy()


@pytest.mark.parametrize("text", ["hunter2", '{"username": "app"}', "[]"])
def test_the_function_inside_shows_nothing_of_a_malformed_document(ground: RedisGround, text: str) -> None:
    secret = ground.memory.secrets[ARN]
    secret.texts[secret.labels[CURRENT]] = text
    with pytest.raises(StepNotDone, match=r"^secret of Redis user app ") as error:
        ground.inside.check(ARN, None)
    assert "hunter2" not in str(error.value)


def test_the_function_inside_says_which_version_is_missing(ground: RedisGround) -> None:
    token = ground.memory.begin(ARN)
    with pytest.raises(StepNotDone, match=f"has no such version: {token}"):
        ground.inside.check(ARN, token)
