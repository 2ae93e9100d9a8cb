"""What the templates ask of a server, asked of a real one: parameters are taken, access is what it says."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
import redis

from stacks.constructs.postgres_parameters import primary_parameters
from stacks.constructs.redis_access import NOBODY, app_access, purge_access
from stacks.settings import load_environment
from tools.servers.postgres import PostgresServer
from tools.servers.redis import RedisServer
from tools.servers.redis_configuration import AclUser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.servers.certificates import Authority

REFUSED = r"no permissions|can't access|unknown command 'CONFIG'"
"""Redis' words; CONFIG does not exist for customers of ElastiCache, whoever they are."""

PASSWORD = secrets.token_hex(16)


@pytest.fixture(scope="module")
def server(servers_directory: Path, authority: Authority) -> Iterator[RedisServer]:
    """Return a Redis with the users of prod."""
    settings = load_environment("prod").cache
    app = app_access(key_patterns=settings.key_patterns, channel_patterns=settings.channel_patterns)
    server = RedisServer.create(
        directory=servers_directory / "access",
        identifier="access",
        users=[
            AclUser(name="default", access_string=NOBODY, no_password=True),
            AclUser(name="app", access_string=app, passwords=(PASSWORD,)),
            AclUser(name="admin", access_string=purge_access(), passwords=(PASSWORD,)),
        ],
        parameters={},
        authority=authority,
    )
    yield server
    server.destroy()


@pytest.fixture
def as_user(server: RedisServer) -> Iterator[dict[str, redis.Redis]]:
    """Return a connection for each user."""
    connections = {
        name: redis.Redis(
            host=server.host,
            port=server.port,
            username=name,
            password=PASSWORD,
            ssl=True,
            ssl_ca_certs=str(server.ca_path),
            decode_responses=True,
        )
        for name in ("app", "admin")
    }
    yield connections
    for connection in connections.values():
        connection.close()


def test_the_application_keeps_sessions_counts_and_locks(as_user: dict[str, redis.Redis]) -> None:
    app = as_user["app"]
    assert app.set("session:1", "x", ex=60)
    assert app.get("session:1") == "x"
    assert app.incr("response:hits") == 1
    release = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
    assert app.eval(release, 1, "session:1", "x") == 1
    with app.pipeline(transaction=True) as pipeline:
        pipeline.set("config:a", "1")
        pipeline.expire("config:a", 10)
        assert pipeline.execute() == [True, True]


def test_the_application_publishes_and_listens_on_its_channels(as_user: dict[str, redis.Redis]) -> None:
    app = as_user["app"]
    with app.pubsub() as listener:
        listener.subscribe("config:changes")
        assert listener.get_message(timeout=5) is not None
        assert app.publish("config:changes", "now") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("GET", "elsewhere:1"),
        ("SET", "elsewhere:1", "x"),
        ("PUBLISH", "elsewhere", "x"),
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("KEYS", "*"),
        ("SCAN", "0"),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("CLIENT", "LIST"),
        ("SHUTDOWN",),
        ("EVAL", "return redis.call('get', 'elsewhere:1')", "0"),
        ("PUBSUB", "CHANNELS"),
        ("CLIENT", "TRACKING", "ON", "BCAST"),
        ("FUNCTION", "LOAD", "#!lua name=ours\nredis.register_function('f', function() return 1 end)"),
        ("FUNCTION", "DELETE", "ours"),
        ("FUNCTION", "FLUSH"),
        ("FCALL", "f", "0"),
    ],
)
def test_the_application_is_refused_what_is_not_its_own(
    as_user: dict[str, redis.Redis], command: tuple[str, ...]
) -> None:
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user["app"].execute_command(*command)


def test_the_purge_finds_and_drops_any_key(as_user: dict[str, redis.Redis]) -> None:
    as_user["app"].set("response:page", "x")
    admin = as_user["admin"]
    assert "response:page" in list(admin.scan_iter(match="response:*"))
    assert admin.unlink("response:page") == 1


@pytest.mark.parametrize(
    "command", [("GET", "session:1"), ("SET", "session:1", "x"), ("FLUSHALL",), ("CONFIG", "GET", "*")]
)
def test_the_purge_neither_reads_nor_writes_nor_flushes(
    as_user: dict[str, redis.Redis], command: tuple[str, ...]
) -> None:
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user["admin"].execute_command(*command)


def test_postgresql_takes_every_parameter_that_is_not_rdss_own(
    servers_directory: Path, authority: Authority
) -> None:
    wanted = primary_parameters(load_environment("prod").database)
    server = PostgresServer.create_primary(
        directory=servers_directory / "parameters",
        identifier="parameters",
        master_username="datatier_master",
        master_password=PASSWORD,
        database="app",
        parameters=wanted,
        authority=authority,
    )
    try:
        with server.admin_connection() as connection:
            rows = connection.execute("SELECT name, reset_val, unit FROM pg_settings").fetchall()
        actual = {name: value for name, value, _ in rows}
        switches = {"0": "off", "1": "on"}
        for name, value in wanted.items():
            if not name.startswith("rds."):
                assert actual[name] in (value, switches.get(value)), name
    finally:
        server.destroy()
