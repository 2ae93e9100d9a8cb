"""A Redis user's passwords change in a rehearsal as on ElastiCache, and on every real node of its groups."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import redis
from botocore.exceptions import ClientError
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.integration.rehearsal.emulated_aws import until
from tools.servers.redis import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

STACK = "cache"
ACCESS = "on ~app:* &app:* +@all"


def password() -> str:
    """A password that no other test has, with what XML and forms would trip over."""
    return f"&<+ %{secrets.token_urlsafe(16)}"


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A deployed replication group of two nodes, whose user's password stands in a secret."""

    aws: EmulatedAws
    user_id: str
    secret: str
    first: str

    def resources(self, **changes: object) -> dict[str, object]:
        user = {
            "UserId": self.user_id,
            "UserName": "app",
            "Engine": "redis",
            "AccessString": ACCESS,
            "Passwords": [f"{{{{resolve:secretsmanager:{self.secret}}}}}"],
            **changes,
        }
        default = {"UserId": "nobody", "UserName": "default", "Engine": "redis", "NoPasswordRequired": True}
        return {
            "Default": {
                "Type": "AWS::ElastiCache::User",
                "Properties": {**default, "AccessString": "off -@all"},
            },
            "User": {"Type": "AWS::ElastiCache::User", "Properties": user},
            "Users": {
                "Type": "AWS::ElastiCache::UserGroup",
                "Properties": {
                    "UserGroupId": "users",
                    "Engine": "redis",
                    "UserIds": [{"Ref": "Default"}, {"Ref": "User"}],
                },
            },
            "Cache": {
                "Type": "AWS::ElastiCache::ReplicationGroup",
                "Properties": {
                    "ReplicationGroupId": "cache",
                    "ReplicationGroupDescription": "two nodes",
                    "Engine": "redis",
                    "CacheNodeType": "cache.t3.micro",
                    "NumCacheClusters": 2,
                    "TransitEncryptionEnabled": True,
                    "UserGroupIds": [{"Ref": "Users"}],
                },
            },
        }

    def accepts(self, password: str) -> set[bool]:
        """Whether the nodes let `app` in with a password: one answer where they agree."""
        nodes = sorted((self.aws.layout.servers / "redis" / self.aws.tier.region).iterdir())
        assert len(nodes) == 2
        return {self._enters(RedisServer.open(node), password) for node in nodes}

    def status(self) -> str:
        return self.user()["Status"]

    def user(self) -> dict[str, Any]:
        (found,) = self.aws.caches.describe_users(UserId=self.user_id)["Users"]
        return dict(found)

    def modify(self, **changes: Any) -> None:  # noqa: ANN401  # what boto3 takes
        """Change the user, and wait as a rotation does."""
        self.aws.caches.modify_user(UserId=self.user_id, **changes)
        until(lambda: self.status() == "active")

    def _enters(self, node: RedisServer, password: str) -> bool:
        with redis.Redis(
            host=node.host, port=node.port, username="app", password=password,
            ssl=True, ssl_ca_certs=str(node.ca_path), ssl_check_hostname=True, retry=Retry(NoBackoff(), 0),
        ) as client:  # fmt: skip
            try:
                return client.get("app:1") is None
            except exceptions.AuthenticationError:
                return False


@pytest.fixture
def cache(aws: EmulatedAws) -> Iterator[Cache]:
    first = password()
    secret = aws.secrets.create_secret(Name=f"redis-{secrets.token_hex(4)}", SecretString=first)["ARN"]
    cache = Cache(aws=aws, user_id="app", secret=secret, first=first)
    assert aws.deploy(STACK, cache.resources()) == "CREATE_COMPLETE"
    yield cache
    aws.stacks.delete_stack(StackName=STACK)
    until(lambda: not aws.stacks.list_stacks(StackStatusFilter=["DELETE_IN_PROGRESS"])["StackSummaries"])


def test_two_passwords_live_at_once_and_the_former_one_goes_with_the_next_change(cache: Cache) -> None:
    second, third = password(), password()
    cache.modify(Passwords=[second, cache.first])
    assert (cache.accepts(second), cache.accepts(cache.first)) == ({True}, {True})
    cache.modify(Passwords=[third, second])
    assert (cache.accepts(third), cache.accepts(second), cache.accepts(cache.first)) == (
        {True},
        {True},
        {False},
    )
    assert cache.user()["Authentication"] == {"Type": "password", "PasswordCount": 2}
    assert cache.user()["AccessString"] == ACCESS


def test_a_user_is_modifying_for_a_moment_and_refuses_another_change_meanwhile(cache: Cache) -> None:
    changed = cache.aws.caches.modify_user(UserId=cache.user_id, Passwords=[password(), cache.first])
    assert changed["Status"] == "modifying"
    with pytest.raises(cache.aws.caches.exceptions.InvalidUserStateFault):
        cache.aws.caches.modify_user(UserId=cache.user_id, Passwords=[password()])
    until(lambda: cache.status() == "active")
    cache.modify(Passwords=[cache.first])


@pytest.mark.parametrize(
    "changes",
    [
        {"Passwords": [password(), password(), password()]},
        {"Passwords": ["short"]},
        {"Passwords": [password()], "NoPasswordRequired": True},
    ],
)
def test_what_elasticache_refuses_is_refused(cache: Cache, changes: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        cache.modify(**changes)
    assert (cache.status(), cache.accepts(cache.first)) == ("active", {True})


def test_an_unknown_user_is_not_found(cache: Cache) -> None:
    with pytest.raises(cache.aws.caches.exceptions.UserNotFoundFault):
        cache.aws.caches.modify_user(UserId="nobody-knows", Passwords=[password()])


def test_a_deployment_that_leaves_the_user_alone_leaves_its_passwords_alone(cache: Cache) -> None:
    second = password()
    cache.modify(Passwords=[second, cache.first])
    resources = {**cache.resources(), "Queue": {"Type": "AWS::SQS::Queue"}}
    assert cache.aws.deploy(STACK, resources) == "UPDATE_COMPLETE"
    assert (cache.accepts(second), cache.accepts(cache.first)) == ({True}, {True})


def test_a_deployment_that_changes_the_user_leaves_the_secrets_password_alone(cache: Cache) -> None:
    second = password()
    cache.modify(Passwords=[second, cache.first])
    cache.aws.secrets.put_secret_value(SecretId=cache.secret, SecretString=second)
    resources = cache.resources(AccessString="on ~app:* ~more:* &app:* +@all")
    assert cache.aws.deploy(STACK, resources) == "UPDATE_COMPLETE"
    assert (cache.accepts(second), cache.accepts(cache.first)) == ({True}, {False})
    assert cache.status() == "active"
    assert "~more:*" in cache.user()["AccessString"]


def test_a_deployment_that_is_rolled_back_brings_no_former_password_back(cache: Cache) -> None:
    second = password()
    cache.modify(Passwords=[second, cache.first])
    cache.aws.secrets.put_secret_value(SecretId=cache.secret, SecretString=second)
    impossible = {
        "Type": "AWS::SecretsManager::RotationSchedule",
        "Properties": {"SecretId": cache.secret},
        "DependsOn": "User",
    }
    resources = {**cache.resources(AccessString="on ~other:* +@all"), "Impossible": impossible}
    assert cache.aws.deploy(STACK, resources) == "UPDATE_ROLLBACK_COMPLETE"
    assert (cache.accepts(second), cache.accepts(cache.first)) == ({True}, {False})
    assert cache.user()["AccessString"] == ACCESS
