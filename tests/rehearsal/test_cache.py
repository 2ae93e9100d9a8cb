"""The deployed cache: TLS only, the default user off, and the application held to its keys and commands."""

from pathlib import Path

import pytest
import redis
from redis import exceptions

from tests.rehearsal.conftest import Enter
from tools.access.endpoints import Endpoints
from tools.servers.certificates import Authority
from tools.servers.redis import RedisServer

pytestmark = pytest.mark.rehearsal


def test_app_keeps_a_session_with_a_time_to_live(enter: Enter) -> None:
    app = enter("app")
    assert app.set("session:rehearsal", "value", ex=30)
    assert app.get("session:rehearsal") == "value"
    assert 0 < int(str(app.ttl("session:rehearsal"))) <= 30
    assert app.delete("session:rehearsal") == 1


def test_what_is_written_on_the_primary_is_read_on_the_reader(enter: Enter, nodes: list[RedisServer]) -> None:
    if len(nodes) == 1:
        pytest.skip("the group has one node")
    app, reader = enter("app"), enter("app", reader=True)
    app.set("session:replicated", "value", ex=30)
    assert app.wait(1, 10_000) == len(nodes) - 1
    assert reader.get("session:replicated") == "value"
    with pytest.raises(exceptions.ReadOnlyError):
        reader.set("session:replicated", "other")
    app.delete("session:replicated")


@pytest.mark.parametrize("key", ["user:1", "admin", "sessions"])
def test_app_is_held_to_its_keys(enter: Enter, key: str) -> None:
    with pytest.raises(exceptions.NoPermissionError):
        enter("app").get(key)


def test_app_is_held_to_its_channels(enter: Enter) -> None:
    with pytest.raises(exceptions.NoPermissionError):
        enter("app").publish("somebody-elses", "value")


@pytest.mark.parametrize("command", ["FLUSHALL", "KEYS *", "ACL LIST", "SHUTDOWN NOSAVE"])
def test_app_is_refused_dangerous_commands(enter: Enter, command: str) -> None:
    with pytest.raises(exceptions.ResponseError, match=r"no permissions|unknown command"):
        enter("app").execute_command(*command.split())


def test_the_default_user_is_refused(enter: Enter) -> None:
    with pytest.raises(exceptions.AuthenticationError):
        enter("app", username=None, password=None).ping()


def test_a_wrong_password_is_refused(enter: Enter) -> None:
    with pytest.raises(exceptions.AuthenticationError):
        enter("app", password="wrong").ping()  # noqa: S106  # wrong on purpose


def test_a_plaintext_connection_is_refused(endpoints: Endpoints) -> None:
    found = endpoints.redis("app")
    with (
        redis.Redis(host=found.host, port=found.port, socket_timeout=5) as plain,
        pytest.raises((exceptions.ConnectionError, exceptions.TimeoutError)),
    ):
        plain.ping()


def test_a_server_of_another_authority_is_not_trusted(enter: Enter, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger").ca_path
    with pytest.raises(exceptions.ConnectionError, match="certificate verify failed"):
        enter("app", ssl_ca_certs=str(stranger)).ping()
