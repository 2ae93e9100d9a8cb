"""Secrets are read by their labels; what is not handed out is named, and nothing is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from lambdas.common.errors import SecretUnreadable
from lambdas.common.secrets_manager import SecretsManager

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("secrets_manager")
def test_the_current_version_is_read() -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="datatier/dev/postgres/app", SecretString="old")["ARN"]
    client.put_secret_value(SecretId=arn, SecretString="current")
    client.put_secret_value(SecretId=arn, SecretString="next", VersionStages=["AWSPENDING"])
    assert SecretsManager().current(arn) == "current"
    assert SecretsManager().pending(arn) == "next"


@pytest.mark.usefixtures("secrets_manager")
def test_what_does_not_rotate_has_nothing_pending() -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="still", SecretString="current")["ARN"]
    assert SecretsManager().pending(arn) is None


@pytest.mark.usefixtures("secrets_manager")
def test_a_secret_that_is_not_handed_out_is_named() -> None:
    with pytest.raises(
        SecretUnreadable, match=r"^secret nowhere does not exist or has no AWSCURRENT version"
    ):
        SecretsManager().current("nowhere")
