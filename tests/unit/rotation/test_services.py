"""What the functions ask of AWS's services, and how they word what those refuse."""

from __future__ import annotations

import traceback
import uuid
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from lambdas.common.errors import SecretUnreadable
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.rotation.versions import SecretsManagerVersions
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS
from lambdas.rotate_postgres.promotion import PastVersions
from lambdas.rotate_redis.users import ElastiCacheUsers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

PASSWORD = "hunter2hunter2hunter2"  # noqa: S105  of this test


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def secrets(_aws: None) -> SecretsManagerClient:
    return boto3.client("secretsmanager")


@pytest.fixture
def elasticache(_aws: None) -> ElastiCacheClient:
    return boto3.client("elasticache")


def test_a_pending_version_is_put_read_and_made_current(secrets: SecretsManagerClient) -> None:
    arn = secrets.create_secret(Name="app", SecretString="first")["ARN"]
    versions, token = SecretsManagerVersions(), str(uuid.uuid4())
    before = versions.describe(arn).version(CURRENT)
    assert versions.read(arn, stage=PENDING) is None
    versions.put_pending(arn, token, "second")
    assert versions.read(arn, stage=PENDING, version=token) == "second"
    assert versions.read(arn, stage=CURRENT) == "first"
    versions.make_current(arn, token, instead_of=before)
    assert versions.read(arn, stage=CURRENT) == "second"
    assert versions.describe(arn).version(CURRENT) == token


def test_a_label_of_ours_is_put_on_a_version_and_moved_to_a_newer_one(secrets: SecretsManagerClient) -> None:
    arn = secrets.create_secret(Name="app", SecretString="first")["ARN"]
    secrets.put_secret_value(SecretId=arn, SecretString="second")
    versions = SecretsManagerVersions()
    past, label = PastVersions(arn=arn, versions=versions), "promoted:replica"
    for stage, text in ((PREVIOUS, "first"), (label, "first"), (CURRENT, "second")):
        past.keep(stage, host="replica")
        assert versions.read(arn, stage=label) == text
    assert versions.read(arn, stage=CURRENT) == "second"
    assert versions.read(arn, stage=PREVIOUS) == "first"


def test_a_secret_that_is_gone_is_named(secrets: SecretsManagerClient) -> None:
    assert secrets
    with pytest.raises(SecretUnreadable, match="refuses secret gone"):
        SecretsManagerVersions().describe("gone")


def test_a_user_that_is_there_is_active_and_one_that_is_gone_is_told(elasticache: ElastiCacheClient) -> None:
    elasticache.create_user(
        UserId="datatier-dev-app", UserName="app", Engine="redis", AccessString="on ~*",
        Passwords=[PASSWORD],
    )  # fmt: skip
    assert ElastiCacheUsers().is_active("datatier-dev-app")
    with pytest.raises(StepNotDone, match="refuses user gone: UserNotFound"):
        ElastiCacheUsers().is_active("gone")


def test_both_passwords_are_set_in_one_call(elasticache: ElastiCacheClient) -> None:
    assert elasticache
    users = ElastiCacheUsers()
    with Stubber(users.client) as service:  # moto has no ModifyUser
        service.add_response("modify_user", {}, {"UserId": "app", "Passwords": [PASSWORD, "before"]})
        users.set_passwords("app", [PASSWORD, "before"])
        service.assert_no_pending_responses()


def test_what_elasticache_says_of_a_password_is_not_passed_on(elasticache: ElastiCacheClient) -> None:
    assert elasticache
    users = ElastiCacheUsers()
    with Stubber(users.client) as service:
        service.add_client_error("modify_user", "InvalidParameterValue", f"{PASSWORD} is not valid")
        with pytest.raises(StepNotDone, match="InvalidParameterValue") as error:
            users.set_passwords("app", [PASSWORD])
    assert PASSWORD not in "".join(traceback.format_exception(error.value))
