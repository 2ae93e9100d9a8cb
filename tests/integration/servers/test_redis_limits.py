"""The local Redis holds its users to what ElastiCache holds them to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis
from redis.exceptions import NoPermissionError, ReadOnlyError

from tools.servers.errors import StartFailed
from tools.servers.redis import RedisServer
from tools.servers.redis_configuration import AclUser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.servers.certificates import Authority

APP = "on ~session:* &events:* -@all +@read +@write +@pubsub +ping"


@pytest.fixture
def cache(servers_directory: Path, authority: Authority) -> Iterator[RedisServer]:
    server = RedisServer.create(
        directory=servers_directory / "cache",
        identifier="cache",
        users=[AclUser(name="app", access_string=APP, passwords=("first",))],
        parameters={"maxmemory-policy": "volatile-ttl", "reserved-memory-percent": "25"},
        authority=authority,
    )
    yield server
    server.destroy()


def connect(server: RedisServer, username: str = "app", password: str | None = "first") -> redis.Redis:  # noqa: S107  (made for these tests)
    return redis.Redis(
        host=server.host, port=server.port, username=username, password=password, ssl=True,
        ssl_ca_certs=str(server.ca_path), ssl_check_hostname=True,
    )  # fmt: skip


def test_a_user_reaches_its_keys_and_no_others(cache: RedisServer) -> None:
    with connect(cache) as client:
        assert client.set("session:1", "x")
        with pytest.raises(NoPermissionError):
            client.set("other", "x")


def test_plaintext_the_default_user_and_restricted_commands_are_refused(cache: RedisServer) -> None:
    with redis.Redis(host=cache.host, port=cache.port) as plaintext, pytest.raises(redis.ConnectionError):
        plaintext.ping()
    with connect(cache, "default", None) as anonymous, pytest.raises(redis.AuthenticationError):
        anonymous.ping()
    with connect(cache) as client, pytest.raises(redis.ResponseError, match="unknown command"):
        client.execute_command("CONFIG", "GET", "*")


def test_two_passwords_live_side_by_side_until_the_old_one_is_dropped(cache: RedisServer) -> None:
    cache.set_users([AclUser(name="app", access_string=APP, passwords=("first", "second"))])
    for password in ("first", "second"):
        with connect(cache, password=password) as client:
            assert client.ping()
    cache.set_users([AclUser(name="app", access_string=APP, passwords=("second",))])
    with connect(cache, password="first") as client, pytest.raises(redis.AuthenticationError):  # noqa: S106  (made for this test)
        client.ping()


def test_a_replica_serves_what_its_primary_was_told(
    cache: RedisServer, servers_directory: Path, authority: Authority
) -> None:
    users = [AclUser(name="app", access_string=APP, passwords=("first",))]
    with connect(cache) as client:
        client.set("session:1", "x")
    replica = RedisServer.create(
        directory=servers_directory / "cache-2", identifier="cache-2", users=users, parameters={},
        authority=authority, replica_of=cache,
    )  # fmt: skip
    try:
        with connect(replica) as client:
            assert client.get("session:1") == b"x"
            with pytest.raises(ReadOnlyError):
                client.set("session:1", "y")
    finally:
        replica.destroy()


def test_a_bad_parameter_is_named_and_the_former_ones_stay(cache: RedisServer) -> None:
    with pytest.raises(StartFailed, match="maxmemory-polici"):
        cache.apply_parameters({"maxmemory-polici": "x"})
    assert RedisServer.open(cache.directory).is_running()
    with connect(cache) as client:
        assert client.ping()


def test_no_password_stands_in_the_servers_access_control_list(cache: RedisServer) -> None:
    cache.set_users([AclUser(name="app", access_string=APP, passwords=("a-password-to-find",))])
    assert "a-password-to-find" not in (cache.directory / "users.acl").read_text()
