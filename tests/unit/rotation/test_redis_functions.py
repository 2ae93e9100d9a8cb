"""The Redis functions apart from any server: what they are told and need, which documents they make."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from lambdas.authenticate_redis.environment import Endpoint
from lambdas.authenticate_redis.environment import parse_environment as parse_inside
from lambdas.authenticate_redis.handler import authenticate
from lambdas.authenticate_redis.handler import handler as handle_inside
from lambdas.common.errors import EnvironmentInvalid, SecretInvalid, SecretUnreadable
from lambdas.common.rotation.contract import Request
from lambdas.common.rotation.errors import EventInvalid, PendingRefused
from lambdas.common.rotation.versions import SecretsManagerVersions
from lambdas.rotate_redis.environment import parse_environment
from lambdas.rotate_redis.handler import handler
from lambdas.rotate_redis.user import RedisUser
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:datatier/dev/redis/app-abcdef"
USER_ARN = "arn:aws:elasticache:us-east-1:123456789012:user:datatier-dev-app"
DOCUMENT = {"username": "app", "password": "hunter2", "user_arn": USER_ARN}
OUTSIDE = {
    "USER_SECRET_ARNS": json.dumps({"app": ARN}),
    "AUTHENTICATOR": "datatier-dev-authenticate-redis",
    "CLIENT_CACHE_SECONDS": "300",
    "PASSWORD_LENGTH": "32",
}
INSIDE = {
    "USER_SECRET_ARNS": json.dumps({"app": ARN}),
    "REDIS_ENDPOINTS": json.dumps(["primary.example:6379", "reader.example:6380"]),
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


class Nobody:
    """Edges that must not be asked."""

    def check(self, secret_arn: str, version: str | None) -> None:
        raise AssertionError((secret_arn, version))

    def name_of(self, user_id: str) -> str:
        raise AssertionError(user_id)

    def is_active(self, user_id: str) -> bool:
        raise AssertionError(user_id)

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        raise AssertionError((user_id, len(passwords)))


def user(*, password_length: int = 32) -> RedisUser:
    """Return a user whose decisions need no server."""
    nobody = Nobody()
    return RedisUser(
        user="app",
        request=Request(secret_arn=ARN, token="a-token", step="createSecret"),  # noqa: S106  a version's name
        password_length=password_length,
        versions=SecretsManagerVersions(),
        users=nobody,
        authenticator=nobody,
        seconds_left=lambda: 0.0,
    )


@pytest.mark.usefixtures("aws")
def test_the_document_that_follows_differs_in_its_password_alone_and_keeps_what_nobody_knows() -> None:
    current = DOCUMENT | {"note": "of the team", "replication": ["a"]}
    following = json.loads(user(password_length=40).successor(json.dumps(current)))
    assert {**following, "password": ""} == {**current, "password": ""}
    assert following["password"] != "hunter2"  # noqa: S105  made for this test
    assert following["password"].isalnum()
    assert len(following["password"]) == 40


@pytest.mark.usefixtures("aws")
def test_the_document_of_another_user_has_no_successor() -> None:
    with pytest.raises(PendingRefused, match="the secret of Redis user app names the user admin"):
        user().successor(json.dumps(DOCUMENT | {"username": "admin"}))


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("missing", DOCUMENT)
def test_a_document_without_one_of_its_keys_is_refused_and_not_shown(missing: str) -> None:
    document = {key: value for key, value in DOCUMENT.items() if key != missing}
    with pytest.raises(SecretInvalid, match=f"has no {missing}") as error:
        user().successor(json.dumps(document))
    assert "hunter2" not in str(error.value)


class Call:
    """What Lambda tells a call about itself."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "event", [{}, {"SecretId": "another", "ClientRequestToken": "t", "Step": "setSecret"}]
)
def test_an_event_of_another_secret_or_of_nobody_is_refused(
    event: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OUTSIDE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EventInvalid, match=r"Secrets Manager sends them|is none that this function rotates"):
        handler(event, Call())


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("event", [{}, {"SecretId": "another"}, {"SecretId": ARN, "VersionId": 1}])
def test_the_function_inside_logs_in_with_its_own_secrets_only(
    event: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in INSIDE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EventInvalid, match="is no secret whose user this function logs in as"):
        handle_inside(event, None)


@pytest.mark.usefixtures("aws")
def test_a_version_that_is_not_there_is_named() -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="app", SecretString=json.dumps(DOCUMENT))["ARN"]
    token = "8f0f3a2b-8a57-4f0e-9f0c-2a7f3f4ad111"  # noqa: S105  a version's name
    inside = parse_inside(INSIDE | {"USER_SECRET_ARNS": json.dumps({"app": arn})})
    with pytest.raises(SecretUnreadable, match=f"{arn} has no such version: {token}"):
        authenticate(
            {"SecretId": arn, "VersionId": token}, environment=inside, versions=SecretsManagerVersions()
        )


def test_the_endpoints_are_the_primary_and_the_reader() -> None:
    assert parse_inside(INSIDE).endpoints == (
        Endpoint(host="primary.example", port=6379),
        Endpoint(host="reader.example", port=6380),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USER_SECRET_ARNS", ""),
        ("USER_SECRET_ARNS", "[]"),
        ("USER_SECRET_ARNS", "{"),
        ("AUTHENTICATOR", ""),
        ("CLIENT_CACHE_SECONDS", "5 min"),
        ("PASSWORD_LENGTH", "-1"),
    ],
)
def test_a_variable_of_the_rotation_that_is_malformed_is_named(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment(OUTSIDE | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USER_SECRET_ARNS", '{"app": 1}'),
        ("REDIS_ENDPOINTS", "[]"),
        ("REDIS_ENDPOINTS", '["primary.example"]'),
        ("REDIS_ENDPOINTS", '[":6379"]'),
        ("REDIS_ENDPOINTS", '{"primary": "a:1"}'),
    ],
)
def test_a_variable_of_the_function_inside_that_is_malformed_is_named(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_inside(INSIDE | {name: value})


@pytest.mark.parametrize(
    ("function", "left_out"),
    [
        ("rotate_redis", ["psycopg", "redis", "cryptography"]),
        ("authenticate_redis", ["psycopg", "cryptography"]),
    ],
)
def test_a_function_needs_nothing_that_its_package_does_not_hold(function: str, left_out: list[str]) -> None:
    program = f"import sys; sys.modules.update(dict.fromkeys({left_out})); import lambdas.{function}.handler"
    done = subprocess.run(  # noqa: S603  this Python, no shell
        [sys.executable, "-c", program], cwd=repository_root(), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
