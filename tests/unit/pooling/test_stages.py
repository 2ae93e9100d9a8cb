"""Every version of a secret is read, also while a rotation moves them along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from containers.pgbouncer.stages import BoundedSecretsManager, read_versions
from lambdas.common.errors import SecretUnreadable
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS
from tests.unit.pooling.cases import Stages

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("secrets_manager")
def test_all_versions_with_a_label_are_read() -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="app", SecretString="one")["ARN"]
    client.put_secret_value(SecretId=arn, SecretString="two")
    client.put_secret_value(SecretId=arn, SecretString="three", VersionStages=[PENDING])
    found = read_versions(BoundedSecretsManager(), login="app", arn=arn)
    assert found.texts == {PREVIOUS: "one", CURRENT: "two", PENDING: "three"}


@pytest.mark.usefixtures("secrets_manager")
def test_a_label_that_no_version_has_is_passed_over() -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="app", SecretString="one")["ARN"]
    assert read_versions(BoundedSecretsManager(), login="app", arn=arn).texts == {CURRENT: "one"}


class MovesMeanwhile(Stages):
    """Secrets Manager in which a rotation ends between the first answer and the second."""

    def read(self, arn: str, *, stage: str) -> str | None:
        text = super().read(arn, stage=stage)
        if len(self.asked) == 1:
            self.texts[arn, PREVIOUS] = self.texts[arn, CURRENT]
            self.texts[arn, CURRENT] = self.texts.pop((arn, PENDING))
        return text


def test_a_version_that_becomes_current_meanwhile_is_not_missed() -> None:
    stages = MovesMeanwhile({("arn", CURRENT): "old", ("arn", PENDING): "new"})
    assert set(read_versions(stages, login="app", arn="arn").texts.values()) == {"old", "new"}


def test_a_secrets_manager_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SecretUnreadable, match="Secrets Manager refuses secret arn:app"):
        read_versions(BoundedSecretsManager(), login="app", arn="arn:app")
